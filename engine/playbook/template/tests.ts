import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { pyRegExp } from '../../regexp.ts';
import { Lookup, readTruth } from '../../value.ts';
import type { Test } from './environment.ts';
import { binary, compare } from './operators.ts';
import {
  contains,
  entriesOf,
  equal,
  isInteger,
  isNumber,
  iterate,
  nearest,
  str,
  textOf,
  truthy,
  Undefined,
  UseProblem,
} from './python.ts';
import { versionHolds } from './versions.ts';

const test = (holds: Test['holds'], lenient = false): Test => ({ holds, lenient });
/** A test whose arguments have names. */
const named = (parameters: string, holds: Test['holds']): Test => ({
  holds,
  lenient: false,
  parameters: parameters.split(' '),
});
const operator = (sign: string): Test => test((value, [other]) => compare(sign, value, other));

/** A member of a registered result. */
function outcome(name: string, value: unknown, usual = false): boolean {
  const entries = typeof value === 'object' ? entriesOf(value) : undefined;
  if (!entries) throw new UseProblem(`the test asks about a result that was registered, and this is none`);
  return truthy(entries.find(([key]) => key === name)?.[1] ?? usual);
}

const failed = test((value) => outcome('failed', value));
const succeeded = test((value) => !outcome('failed', value));
/** What a loop changed, one of its items changed. */
const changed = test((value, _args, use) => {
  const results = use.member(value, 'results');
  const items = Array.isArray(results) && use.test('undefined', use.member(value, 'changed')) ? results : [];
  return (
    outcome('changed', value) ||
    items.some((item) => truthy(use.filter('default', use.member(item, 'changed'), [false])))
  );
});
const skipped = test((value) => outcome('skipped', value));

function regex(value: unknown, pattern: unknown, ignorecase: unknown, multiline: unknown, kind: string): boolean {
  const flags = `${truthy(ignorecase ?? false) ? 'i' : ''}${truthy(multiline ?? false) ? 'm' : ''}`;
  const [, inline = '', source = ''] = /^(\(\?[a-zA-Z]+\))?([\s\S]*)$/.exec(str(pattern)) ?? [];
  const around = kind === 'match' ? `\\A(?:${source})` : kind === 'fullmatch' ? `\\A(?:${source})\\Z` : source;
  return pyRegExp(inline + around, flags).test(str(value));
}

/** `match`, `search` or whatever `regex` is asked for. */
const regexTest = (usual: string): Test =>
  named('pattern ignorecase multiline match_type', (value, [pattern = '', ignorecase, multiline, kind = usual]) =>
    regex(value, pattern, ignorecase, multiline, str(kind)),
  );

const version = named('version operator strict version_type', (value, [other, sign = '==', strict, kind]) => {
  if (!truthy(value) || !truthy(other)) throw new UseProblem('the version is empty');
  const wanted = truthy(strict ?? false) ? 'strict' : str(kind ?? 'loose');
  return versionHolds(str(value), str(other), str(sign), wanted);
});

const isMap = (value: unknown): boolean =>
  value instanceof Lookup ||
  (typeof value === 'object' && value !== null && entriesOf(value) !== undefined && !Array.isArray(value));
const path = textOf;

/** Python's islower and isupper: there is a letter that has cases, and all are in the wanted one. */
const inCase = (text: string, to: 'toLowerCase' | 'toUpperCase'): boolean =>
  text === text[to]() && text.toLowerCase() !== text.toUpperCase();

const kind = (value: unknown, holds: (stat: ReturnType<typeof statSync>) => boolean): boolean =>
  existsSync(path(value)) && holds(statSync(path(value)));

const sameFile = (a: Stats, b: Stats): boolean => a.ino === b.ino && a.dev === b.dev;

/** As os.path.ismount: on another device than the folder it is in, or the root. */
function isMount(folder: string): boolean {
  const [here, above] = [lstatSync(folder), lstatSync(join(folder, '..'))];
  return !here.isSymbolicLink() && (here.dev !== above.dev || here.ino === above.ino);
}

const subset = test((value, [other]) => iterate(value).every((item) => contains(iterate(other), item)));
const superset = test((value, [other]) => iterate(other).every((item) => contains(iterate(value), item)));
const truthyTest = named('convert_bool', (value, [convert]) =>
  truthy((truthy(convert ?? false) ? readTruth(value) : undefined) ?? value),
);
const within = test((value, [container]) => contains(container, value));
const multiple = (value: unknown, of: unknown): boolean => equal(binary('%', value, of), 0);

const nan = test((value) => Number.isNaN(isNumber(value) ? nearest(value) : value));
const absolute = test((value) => path(value).startsWith('/'));
const directory = test((value) => kind(value, (stat) => stat?.isDirectory() ?? false));
const file = test((value) => kind(value, (stat) => stat?.isFile() ?? false));
const link = test((value) => lstatSync(path(value), { throwIfNoEntry: false })?.isSymbolicLink() ?? false);
const same = test((value, [other]) => sameFile(statSync(path(value)), statSync(path(other))));
const mount = test((value) => existsSync(path(value)) && isMount(path(value)));

/** The scheme as Python's urlparse has it: none where what stands before the colon cannot be one. */
const schemeOf = (text: string): string => /^([a-z][a-z\d+.-]*):/i.exec(text.trimStart())?.[1]?.toLowerCase() ?? '';
const networkOf = (text: string): string => /^\s*(?:[a-z][a-z\d+.-]*:)?\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
/** Any text is a URI whose brackets make a pair: Ansible asks no more of it than a scheme that is wanted. */
function isUri(value: unknown, schemes: unknown): boolean {
  if (typeof value !== 'string' && truthy(value)) return false;
  const text = typeof value === 'string' ? value : '';
  const network = networkOf(text);
  if (network.includes('[') !== network.includes(']')) return false;
  return !truthy(schemes ?? false) || contains(schemes, schemeOf(text));
}
const isUrl = (text: string): boolean => schemeOf(text) === 'file' || networkOf(text) !== '';

/** What may stand after `is`. */
export const TESTS = {
  defined: test((value) => !(value instanceof Undefined), true),
  undefined: test((value) => value instanceof Undefined, true),
  none: test((value) => value === null),
  boolean: test((value) => typeof value === 'boolean'),
  true: test((value) => value === true),
  false: test((value) => value === false),
  string: test((value) => typeof value === 'string'),
  number: test((value) => isNumber(value) || typeof value === 'boolean'),
  integer: test(isInteger),
  float: test((value) => isNumber(value) && !isInteger(value)),
  mapping: test(isMap),
  sequence: test((value) => Array.isArray(value) || typeof value === 'string' || isMap(value)),
  iterable: test((value) => Array.isArray(value) || typeof value === 'string' || isMap(value)),
  callable: test((value) => typeof value === 'function'),
  sameas: test((value, [other]) => value === other),
  even: test((value) => multiple(value, 2)),
  odd: test((value) => equal(binary('%', value, 2), 1)),
  divisibleby: test((value, [by]) => multiple(value, by)),
  lower: test((value) => inCase(str(value), 'toLowerCase')),
  upper: test((value) => inCase(str(value), 'toUpperCase')),
  eq: operator('=='),
  equalto: operator('=='),
  '==': operator('=='),
  ne: operator('!='),
  '!=': operator('!='),
  lt: operator('<'),
  lessthan: operator('<'),
  '<': operator('<'),
  le: operator('<='),
  '<=': operator('<='),
  gt: operator('>'),
  greaterthan: operator('>'),
  '>': operator('>'),
  ge: operator('>='),
  '>=': operator('>='),
  in: within,
  contains: test((value, [item]) => contains(value, item)),
  failed,
  failure: failed,
  succeeded,
  success: succeeded,
  successful: succeeded,
  changed,
  change: changed,
  skipped,
  skip: skipped,
  unreachable: test((value) => outcome('unreachable', value)),
  reachable: test((value) => !outcome('unreachable', value)),
  finished: test((value) => outcome('finished', value, true)),
  started: test((value) => outcome('started', value, true)),
  timedout: test((value) => outcome('timedout', value)),
  escaped: test(() => false),
  match: regexTest('match'),
  search: regexTest('search'),
  regex: regexTest('search'),
  version,
  version_compare: version,
  any: test((value) => iterate(value).some((item) => truthy(item))),
  all: test((value) => iterate(value).every((item) => truthy(item))),
  subset,
  issubset: subset,
  superset,
  issuperset: superset,
  truthy: truthyTest,
  falsy: named('convert_bool', (value, args, use) => !truthyTest.holds(value, args, use)),
  nan,
  isnan: nan,
  abs: absolute,
  is_abs: absolute,
  exists: test((value) => existsSync(path(value))),
  directory,
  is_dir: directory,
  file,
  is_file: file,
  link,
  is_link: link,
  link_exists: test((value) => lstatSync(path(value), { throwIfNoEntry: false }) !== undefined),
  same_file: same,
  is_same_file: same,
  mount,
  is_mount: mount,
  uri: named('schemes', (value, [schemes]) => isUri(value, schemes)),
  url: named('schemes', (value, [schemes]) => isUri(value, schemes) && isUrl(str(value))),
  urn: test((value) => isUri(value, ['urn'])),
  // A value that was vaulted is open by the time a template sees it.
  vault_encrypted: test(() => false),
};
