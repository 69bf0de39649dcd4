import { UseProblem } from './python.ts';

type Part = number | string;

/** Python's LooseVersion: runs of digits, of small letters, and of what stands between them, but for dots. */
const loose = (version: string): Part[] =>
  version
    .split(/(\d+|[a-z]+|\.)/)
    .filter((part) => part !== '' && part !== '.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

function compareParts(left: readonly Part[], right: readonly Part[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [a, b] = [left[i] as Part, right[i] as Part];
    if (a === b) continue;
    if (typeof a === typeof b) return a < b ? -1 : 1;
    throw new UseProblem(`versions cannot be compared where one has "${a}" and the other "${b}"`);
  }
  return left.length - right.length;
}

/** Semantic versions: https://semver.org/#spec-item-11. */
function compareSemver(left: string, right: string): number {
  const [a, b] = [semver(left), semver(right)];
  const core = compareParts(a.core, b.core);
  if (core !== 0 || a.pre === b.pre) return core;
  if (a.pre === '') return 1;
  if (b.pre === '') return -1;
  const [one, two] = [a.pre.split('.'), b.pre.split('.')];
  for (let i = 0; i < Math.min(one.length, two.length); i++) {
    const [x = '', y = ''] = [one[i], two[i]];
    if (x === y) continue;
    const [nx, ny] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (nx && ny) return Number(x) - Number(y);
    return nx !== ny ? (nx ? -1 : 1) : x < y ? -1 : 1;
  }
  return one.length - two.length;
}

function semver(text: string): { core: number[]; pre: string } {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?$/.exec(text);
  if (!found) throw new UseProblem(`"${text}" is no semantic version`);
  return { core: found.slice(1, 4).map(Number), pre: found[4] ?? '' };
}

const HOLDS: Record<string, (order: number) => boolean> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
const NAMES: Record<string, string> = {
  '=': '==',
  eq: '==',
  ne: '!=',
  '<>': '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** Python's StrictVersion: two or three numbers, and then perhaps `a` or `b` with a number. */
function strict(text: string): Part[] {
  const found = /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(text);
  if (!found) throw new UseProblem(`"${text}" is no strict version`);
  const [, major, minor, patch = '0', letter = 'c', number = '0'] = found;
  return [Number(major), Number(minor), Number(patch), letter, Number(number)];
}

const PEP440 =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?dev[-_.]?(\d*))?(?:\+[a-z\d]+(?:[-_.][a-z\d]+)*)?$/i;
const STAGES: Record<string, string> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' };

/** Versions of Python packages: https://peps.python.org/pep-0440/. Local labels do not count here. */
function pep440(text: string): Part[] {
  const found = PEP440.exec(text.trim());
  if (!found) throw new UseProblem(`"${text}" is no version of PEP 440`);
  const [, epoch = '0', release = '', stage, stageNumber, implicit, post, dev] = found;
  const numbers = release
    .replace(/(?:\.0+)+$/, '')
    .split('.')
    .map(Number);
  const name = stage?.toLowerCase();
  const posted = implicit !== undefined || post !== undefined;
  // Below any stage stands a bare dev release, above all of them the release itself.
  const rank = name ? (STAGES[name] ?? name) : dev !== undefined && !posted ? '' : 'z';
  const order = [rank, Number(stageNumber || 0), posted ? Number(implicit ?? (post || 0)) : -1];
  return [
    Number(epoch),
    ...Array.from({ length: 8 }, (_, at) => numbers[at] ?? 0),
    ...order,
    dev === undefined ? Infinity : Number(dev || 0),
  ];
}

const KINDS: Record<string, (left: string, right: string) => number> = {
  loose: (left, right) => compareParts(loose(left), loose(right)),
  strict: (left, right) => compareParts(strict(left), strict(right)),
  semver: compareSemver,
  semantic: compareSemver,
  pep440: (left, right) => compareParts(pep440(left), pep440(right)),
};

/** Ansible's version test. */
export function versionHolds(version: string, other: string, operator: string, kind: string): boolean {
  const holds = HOLDS[NAMES[operator] ?? operator];
  if (!holds) throw new UseProblem(`version does not know the operator "${operator}"`);
  const compare = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!compare) throw new UseProblem(`there is no version type "${kind}"; there are ${Object.keys(KINDS).join(', ')}`);
  return holds(compare(version, other));
}
