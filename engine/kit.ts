// What modules of the engine and of roles share: files, packages, units, accounts, facts. Authors get it from module.ts.
export { readArchive } from './archive/controller.ts';
export {
  applyUnarchive,
  planUnarchive,
  probeUnarchive,
  type Unarchive,
  type Unarchived,
} from './archive/unarchive.ts';
export { FACTS_FOLDER, gatherFacts, SUBSETS } from './facts/gather.ts';
export {
  ATTRIBUTES,
  type Attributes,
  applyAttributes,
  attributesIn,
  newAttributes,
  pathInfo,
  planAttributes,
} from './files/attributes.ts';
export {
  COMMAND_ARGUMENTS,
  type CommandArgs,
  commandOutcome,
  programScript,
  runCommand,
  skipCommand,
  soughtProgram,
  unrunCommand,
} from './files/command.ts';
export { backupSuffix, LARGEST_DIFF, sha1Of, textOf } from './files/content.ts';
export { applyCopyTree, listTree, planCopyTree, probeTree, type Tree, type TreeState } from './files/copytree.ts';
export {
  applyEdit,
  EDIT_ARGUMENTS,
  type Edit,
  type EditArgs,
  type Edited,
  editedText,
  linesOf,
  planEdit,
  prepareEdit,
  probeEdit,
} from './files/edit.ts';
export { checksumsOf, containing, type FindWish, wantedBy } from './files/findfilter.ts';
export { FIND, type Found, foundIn, foundInfo, visits } from './files/finding.ts';
export { makeFolders } from './files/folders.ts';
export { type Landed, land } from './files/landing.ts';
export { holdsSomething, putLink } from './files/linking.ts';
export {
  applyPut,
  noFolder,
  type Put,
  planContent,
  planPut,
  probePut,
  returnsPut,
  validateWords,
} from './files/put.ts';
export { applyRemote, planRemote, probeRemote, type RemoteCopy, type RemoteState } from './files/remotecopy.ts';
export { applyTree, type Entry, planTree, walk } from './files/tree.ts';
export { globRegex } from './glob.ts';
export { asText, readJson, writeJson } from './json.ts';
export { firstWord, shellWords } from './quote.ts';
export { expandMatch, pyRegExp } from './regexp.ts';
export { octal } from './stat.ts';
export { entryOf } from './system/account.ts';
export { type AptState, type AptWish, applyApt, planApt } from './system/apt.ts';
export { APT_ARGUMENTS, APT_ONE_OF, type AptArgs, aptWish } from './system/aptargs.ts';
export { probeApt } from './system/aptprobe.ts';
export { type Answer, ASK, parseAnswer } from './system/asking.ts';
export { type CronWish, editCrontab, namesInCrontab, withoutHeader } from './system/crontab.ts';
export { curlConfig, type Request, URL_ARGUMENTS, type UrlArgs } from './system/curl.ts';
export { secondsOf } from './system/duration.ts';
export {
  applyUnit,
  planUnit,
  probeUnit,
  returnsUnit,
  type UnitState,
  type UnitWish,
  withSuffix,
} from './system/unit.ts';
export { UNIT_ARGUMENTS, UNIT_ONE_OF, type UnitArgs, unitWish } from './system/unitargs.ts';
export { planUser, probeUser, type UserArgs, type UserState } from './system/user.ts';
export { AGE_ARGUMENTS } from './system/userage.ts';
export { applyUser } from './system/userapply.ts';
export { KEY_ARGUMENTS, type UserKey } from './system/userkey.ts';
export { compareVersions } from './system/version.ts';
export { assignVars } from './value.ts';
