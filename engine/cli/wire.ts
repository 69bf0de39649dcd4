import { userInfo } from 'node:os';
import { join } from 'node:path';
import { loaderArguments } from '../arguments.ts';
import { connect } from '../connection/connect.ts';
import type { Events } from '../event.ts';
import { loadInventory } from '../inventory/load.ts';
import { createLoader } from '../playbook/load.ts';
import { createExpressions } from '../playbook/template/engine.ts';
import type { Vault } from '../playbook/vault.ts';
import { readYaml, toValue } from '../playbook/yaml.ts';
import { Problem, Problems } from '../problem.ts';
import { createRegistry } from '../registry.ts';
import type { ConnectionDefaults, Run } from '../run/options.ts';
import { reachOf } from '../run/reach.ts';
import { StartAt } from '../run/startat.ts';
import type { Secrets } from '../secrets.ts';
import { isMapping, type Mapping } from '../value.ts';
import { askSecret } from './ask.ts';
import { readExtraVars } from './extra.ts';
import type { PlayOptions } from './options.ts';
import { cacheFolder, homeOf, type Process } from './process.ts';
import { openVault } from './vaults.ts';

/** Builds what a run needs from the options. */
export async function wire(options: PlayOptions, process: Process, secrets: Secrets, events: Events): Promise<Run> {
  const vault = await openVault(options, process, secrets);
  const warn = (text: string): void => events.emit({ type: 'message', level: 'warning', verbosity: 0, text });
  const expressions = createExpressions(vault);
  const registry = createRegistry({ cacheFolder: cacheFolder(process) });
  const extraVars = readExtraVars(options.extraVars, vault);
  const inventory = loadInventory(options.inventory, { vault, warn });
  const connection = await connectionDefaults(options, process, secrets, homeOf(process));
  const { limit, tags, skipTags, startAtTask } = options;
  return {
    inventory,
    inventorySources: options.inventory,
    loader: createLoader({
      arguments: loaderArguments,
      registry,
      expressions,
      vault,
      baseFolder: '.',
      extraVars,
      rolesPath: foldersOf('ANSIBLE_ROLES_PATH', ROLES, process),
      collectionsPath: foldersOf('ANSIBLE_COLLECTIONS_PATH', COLLECTIONS, process).map((folder) =>
        folder.replace(/\/ansible_collections\/?$/, ''),
      ),
      outlook: {
        home: homeOf(process),
        partial: tags.length + skipTags.length > 0 || startAtTask !== undefined,
        reach: reachOf({ inventory, extraVars, connection, limit }),
      },
    }),
    expressions,
    registry,
    connect,
    events,
    secrets,
    check: options.check,
    diff: options.diff,
    verbosity: options.verbose,
    forks: options.forks ?? Number.POSITIVE_INFINITY,
    forceHandlers: options.forceHandlers,
    tags,
    skipTags,
    ...(limit === undefined ? {} : { limit }),
    ...(startAtTask === undefined ? {} : { startAt: new StartAt(startAtTask) }),
    extraVars,
    connection,
    cacheFolder: cacheFolder(process),
    unvault: (text) => vault.openBytes(text),
    readVars: (file) => readVars(file, vault),
    signal: process.signal,
  };
}

/** Where roles and collections are besides the playbook's own folders, as Ansible has it. */
const ROLES = ['~/.ansible/roles', '/usr/share/ansible/roles', '/etc/ansible/roles'];
const COLLECTIONS = ['~/.ansible/collections', '/usr/share/ansible/collections'];

function foldersOf(variable: string, usual: readonly string[], process: Process): string[] {
  const folders = process.environment[variable]?.split(':').filter(Boolean) ?? usual;
  return folders.map((folder) => folder.replace(/^~(?=\/|$)/, homeOf(process)));
}

/** Reads a variables file. Throws Problems when it does not load or is no dictionary. */
export function readVars(file: string, vault: Vault): Mapping {
  const problems: Problem[] = [];
  const node = readYaml(file, file, problems, vault);
  if (problems.length > 0) throw new Problems(problems);
  const value = node === undefined ? {} : toValue(node);
  if (isMapping(value)) return value;
  throw new Problem({ code: 'not-a-dictionary', what: `${file} must be a dictionary of variables` });
}

async function connectionDefaults(
  options: PlayOptions,
  process: Process,
  secrets: Secrets,
  home: string,
): Promise<ConnectionDefaults> {
  const password = options.askPass ? await askSecret('SSH password: ', process) : undefined;
  const asked = options.askBecomePass
    ? await askSecret('BECOME password[defaults to SSH password]: ', process)
    : undefined;
  const becomePassword = asked === '' ? password : asked;
  for (const secret of [password, becomePassword]) if (secret) secrets.add(secret);
  const agent = process.environment['SSH_AUTH_SOCK'];
  return {
    localUser: userInfo().username,
    homeFolder: home,
    knownHostsFiles: [join(home, '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'],
    hostKeyChecking: options.hostKeyChecking,
    connectTimeoutMs: 1000 * (options.timeout ?? 10),
    become: options.become,
    ...(options.user === undefined ? {} : { remoteUser: options.user }),
    ...(options.connection === undefined ? {} : { connection: options.connection }),
    ...(options.privateKey === undefined ? {} : { privateKeyFile: options.privateKey }),
    ...(options.becomeUser === undefined ? {} : { becomeUser: options.becomeUser }),
    ...(options.becomeMethod === undefined ? {} : { becomeMethod: options.becomeMethod }),
    ...(password === undefined ? {} : { password }),
    ...(becomePassword === undefined ? {} : { becomePassword }),
    ...(agent ? { agent } : {}),
  };
}
