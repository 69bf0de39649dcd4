import { UseProblem } from './python.ts';

type Part = number | string;

/** Python's LooseVersion: runs of digits and of letters. */
const loose = (version: string): Part[] =>
  (version.match(/\d+|[a-z]+/gi) ?? []).map((part) => (/^\d/.test(part) ? Number(part) : part));

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

/** Ansible's version test. */
export function versionHolds(version: string, other: string, operator: string, kind: string | undefined): boolean {
  const holds = HOLDS[NAMES[operator] ?? operator];
  if (!holds) throw new UseProblem(`version does not know the operator "${operator}"`);
  return holds(kind === 'semver' ? compareSemver(version, other) : compareParts(loose(version), loose(other)));
}
