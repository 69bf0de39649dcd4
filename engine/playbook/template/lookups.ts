import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { asProblem, nearest } from '../../problem.ts';
import { isMapping } from '../../value.ts';
import type { Named, Use } from './environment.ts';
import { passwordIn } from './password.ts';
import { defined, entriesOf, str, truthy, Undefined, UseProblem } from './python.ts';
import { textFrom } from './web.ts';

type Lookup = (terms: unknown[], named: Named, use: Use) => unknown[];

/** A file that a lookup names: each folder's subfolder of that kind first, then the folder itself. */
function find(name: string, kind: string, use: Use): string | undefined {
  const wanted = name.replace(/^~(?=\/|$)/, homedir());
  if (isAbsolute(wanted)) return existsSync(wanted) ? wanted : undefined;
  const tried = use.paths.folders.flatMap((folder) => [join(folder, kind, wanted), join(folder, wanted)]);
  const found = tried.find((path) => existsSync(path));
  return found && resolve(found);
}

function needed(name: string, kind: string, use: Use): string {
  const found = find(name, kind, use);
  if (found) return found;
  throw new UseProblem(`there is no file "${name}" on the controller`);
}

/** What is asked of the world outside may be another at the task's turn. */
function refuseEarly(use: Use): void {
  if (use.paths.turn?.come === false) throw new UseProblem('the turn of the task has not come');
}

function run(command: string, use: Use): string {
  refuseEarly(use);
  const cwd = use.paths.folders.at(-1);
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...(cwd && existsSync(cwd) ? { cwd } : {}),
  });
  if (status === 0) return stdout.replace(/\n$/, '');
  throw new UseProblem(
    `the command "${command}" ended with status ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}`,
  );
}

/** Names of files that a pattern of the shell's matches in one folder, in order. */
function glob(pattern: string, use: Use): string[] {
  const last = pattern.slice(pattern.lastIndexOf('/') + 1);
  const expression = new RegExp(
    `^${last
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  );
  const folder = pattern.includes('/') ? find(dirname(pattern), 'files', use) : find('.', 'files', use);
  if (!folder || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => expression.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

function without(item: unknown, [key = '', ...more]: string[]): unknown {
  if (!isMapping(item)) return item;
  const { [key]: inner, ...rest } = item;
  return more.length === 0 ? rest : { ...item, [key]: without(inner, more) };
}

/** The files that first_found looks for, in order: a dictionary has files and paths of its own. */
function wantedFiles(term: unknown, paths: unknown): string[] {
  if (Array.isArray(term)) return term.flatMap((one) => wantedFiles(one, paths));
  const split = (value: unknown, signs: RegExp): string[] =>
    (Array.isArray(value) ? value : [value ?? []].flat()).flatMap((one) => str(one).split(signs));
  const files = split(isMapping(term) ? term['files'] : term, /[,;]/);
  const folders = split(isMapping(term) ? term['paths'] : paths, /[,:;]/);
  return folders.length === 0 ? files : folders.flatMap((folder) => files.map((file) => join(folder, file)));
}

function firstFound(terms: unknown[], named: Named, use: Use): unknown[] {
  const files = wantedFiles(terms.length > 0 ? terms : (named['files'] ?? []), named['paths']);
  for (const file of files) {
    const found = ['files', 'templates', 'vars', 'tasks'].map((kind) => find(file, kind, use)).find(Boolean);
    if (found) return [found];
  }
  const options = terms.flat().filter(isMapping);
  if (truthy(named['skip'] ?? options.some((one) => truthy(one['skip'] ?? false)))) return [];
  throw new UseProblem(`none of these files is there: ${files.join(', ')}`);
}

function variables(terms: unknown[], named: Named, use: Use): unknown[] {
  return terms.map((term) => {
    const value = use.variable(str(term));
    if (value !== undefined) return value;
    if ('default' in named) return named['default'];
    return defined(new Undefined(str(term), () => use.variables(), 0));
  });
}

const pairs = (term: unknown): unknown[] => {
  const entries = entriesOf(term);
  if (!entries) throw new UseProblem('the lookup dict takes dictionaries');
  return entries.map(([key, value]) => ({ key, value }));
};

/** All items of lists in lists; a list ends where it says none, as community.general has it. */
function flattened(terms: unknown[]): unknown[] {
  const end = terms.findIndex((term) => term === 'None' || term === 'null');
  return terms
    .slice(0, end === -1 ? undefined : end)
    .flatMap((term) => (Array.isArray(term) ? flattened(term) : [term]));
}

const lists = (terms: unknown[]): unknown[][] => terms.map((term) => (Array.isArray(term) ? term : [term]));

function sequence(term: string, options: Named): string[] {
  const inTerm = Object.fromEntries([...term.matchAll(/(\w+)=(\S+)/g)].map(([, key, value]) => [key, value]));
  const named: Record<string, unknown> = { ...options, ...inTerm };
  const short = /^(?:(0x[\da-f]+|\d+)-)?(0x[\da-f]+|\d+)(?:\/(\d+))?(?::(\S+))?$/i.exec(term.trim());
  const start = Number(named['start'] ?? short?.[1] ?? 1);
  const stride = Number(named['stride'] ?? short?.[3] ?? 1);
  const count = named['count'] === undefined ? undefined : Number(named['count']);
  const end = count === undefined ? Number(named['end'] ?? short?.[2]) : start + (count - 1) * stride;
  if (Number.isNaN(end) || stride === 0) throw new UseProblem(`"${term}" is no sequence`);
  const length = Math.max(0, Math.floor((end - start) / stride) + 1);
  const format = str(named['format'] ?? short?.[4] ?? '%d');
  return Array.from({ length }, (_, index) =>
    format.replace(/%(0?)(\d*)([dx])/, (_all, zero: string, width: string, kind: string) =>
      (start + index * stride).toString(kind === 'x' ? 16 : 10).padStart(Number(width || 0), zero ? '0' : ' '),
    ),
  );
}

export const LOOKUPS: Readonly<Record<string, Lookup>> = Object.assign(Object.create(null), {
  env: (terms, named) => terms.map((term) => process.env[str(term)] ?? named['default'] ?? ''),
  file: (terms, named, use) =>
    terms.map((term) => {
      const text = use.readText(needed(str(term), 'files', use));
      const right = truthy(named['rstrip'] ?? true) ? text.trimEnd() : text;
      return truthy(named['lstrip'] ?? false) ? right.trimStart() : right;
    }),
  unvault: (terms, _named, use) => terms.map((term) => use.readText(needed(str(term), 'files', use))),
  fileglob: (terms, _named, use) => terms.flatMap((term) => glob(str(term), use)),
  first_found: firstFound,
  pipe: (terms, _named, use) => terms.map((term) => run(str(term), use)),
  lines: (terms, _named, use) => terms.flatMap((term) => run(str(term), use).split('\n')),
  url: (terms, named, use) => {
    refuseEarly(use);
    const lines = truthy(named['split_lines'] ?? true);
    return terms.flatMap((term) => {
      const text = textFrom(str(term), named);
      return lines ? text.replace(/\r?\n$/, '').split(/\r?\n/) : [text];
    });
  },
  password: (terms, named, use) => {
    refuseEarly(use);
    return terms.map((term) => passwordIn(str(term), named, use.paths.folders.at(-1)));
  },
  template: (terms, named, use) =>
    terms.map((term) => {
      const { template_vars: variables, ...options } = named;
      const own = Object.fromEntries(entriesOf(variables) ?? []);
      return use.renderFile(needed(str(term), 'templates', use), { written: str(term), variables: own, options });
    }),
  vars: variables,
  varnames: (terms, _named, use) =>
    terms.flatMap((term) => [...use.variables()].filter((name) => new RegExp(str(term)).test(name))),
  items: (terms) => lists(terms).flat(),
  list: (terms) => terms,
  flattened,
  'community.general.flattened': flattened,
  dict: (terms) => terms.flatMap(pairs),
  indexed_items: (terms) =>
    lists(terms)
      .flat()
      .map((item, index) => [index, item]),
  nested: (terms) =>
    lists(terms).reduce<unknown[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]),
  together: (terms) => {
    const all = lists(terms);
    const length = Math.max(0, ...all.map((list) => list.length));
    return Array.from({ length }, (_, index) => all.map((list) => list[index] ?? null));
  },
  subelements: ([items, path, options], _named, use) => {
    const skip = isMapping(options) ? truthy(options['skip_missing'] ?? false) : false;
    const pairs = use.filter('subelements', items, [path, skip]) as [unknown, unknown][];
    // The list itself is taken out of the item it was in.
    return pairs.map(([item, one]) => [without(item, str(path).split('.')), one]);
  },
  sequence: (terms, named) => (terms.length > 0 ? terms.map(str) : ['']).flatMap((term) => sequence(term, named)),
  random_choice: (terms) => (terms.length === 0 ? [] : [terms[Math.floor(Math.random() * terms.length)]]),
} satisfies Record<string, Lookup>);

/** Ansible's lookup and query: one value or a list. */
export function lookUpWith(use: Use, args: readonly unknown[], named: Named, wantList: boolean): unknown {
  const [name, ...given] = args;
  const wanted = str(name).replace(/^ansible\.(builtin|legacy)\./, '');
  const lookup = LOOKUPS[wanted];
  if (!lookup) throw unknownLookup(str(name));
  const { errors, wantlist, ...options } = named;
  const values = valuesOf(() => lookup(given, options, use), str(errors ?? 'strict'));
  if (values === undefined) return wantList ? [] : null;
  if (wantList || truthy(wantlist ?? false)) return values;
  if (values.length === 1) return values[0];
  return values.length > 0 && values.every((value) => typeof value === 'string') ? values.join(',') : values;
}

/** A lookup's values; undefined when it failed and that is to be ignored. */
function valuesOf(lookUpValues: () => unknown[], errors: string): unknown[] | undefined {
  if (errors === 'strict') return lookUpValues();
  try {
    return lookUpValues();
  } catch (thrown) {
    if (asProblem(thrown).code === 'bug' && !(thrown instanceof UseProblem)) throw thrown;
    return undefined;
  }
}

export function unknownLookup(name: string): UseProblem {
  const problem = new UseProblem(`there is no lookup "${name}"`);
  const near = nearest(name, Object.keys(LOOKUPS));
  problem.mend = near && `did you mean "${near}"?`;
  return problem;
}
