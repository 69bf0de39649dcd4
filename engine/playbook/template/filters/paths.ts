import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import { filter } from '../environment.ts';
import { str, textOf, typeName, UseProblem } from '../python.ts';

/** Python's os.path.splitext: a name that begins with dots has no extension there. */
function splitext(path: string): [string, string] {
  const name = posix.basename(path);
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || /^\.+$/.test(name.slice(0, dot))) return [path, ''];
  return [path.slice(0, path.length - (name.length - dot)), name.slice(dot)];
}

const expanduser = (path: string): string => path.replace(/^~(?=\/|$)/, homedir());

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // As os.path.realpath: what is not there is only made absolute.
    return posix.resolve(path);
  }
}

function commonpath(paths: readonly string[]): string {
  const rooted = paths.filter((path) => path.startsWith('/')).length;
  if (paths.length === 0 || (rooted > 0 && rooted < paths.length))
    throw new UseProblem('commonpath needs paths that are all absolute, or all relative');
  const [first = [], ...others] = paths.map((path) => path.split('/').filter((part) => part !== '' && part !== '.'));
  const end = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return `${rooted > 0 ? '/' : ''}${(end === -1 ? first : first.slice(0, end)).join('/')}`;
}

/** Filters of paths, as Python's os.path has them. */
export const PATHS = {
  basename: filter('', (value) => textOf(value).slice(textOf(value).lastIndexOf('/') + 1)),
  dirname: filter('', (value) => {
    const head = textOf(value).slice(0, textOf(value).lastIndexOf('/') + 1);
    return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
  }),
  expanduser: filter('', (value) => expanduser(textOf(value))),
  expandvars: filter('', (value) =>
    textOf(value).replace(/\$(?:(\w+)|\{(\w+)\})/g, (found, bare, braced) => process.env[bare ?? braced] ?? found),
  ),
  realpath: filter('', (value) => realpath(textOf(value))),
  relpath: filter('start', (value, { start = '.' }) => {
    if (textOf(value) === '') throw new UseProblem('relpath needs a path, and this is empty');
    return posix.relative(str(start), value) || '.';
  }),
  splitext: filter('', (value) => splitext(textOf(value))),
  path_join: filter('', (value) => {
    const parts = Array.isArray(value) ? value.map(textOf) : [textOf(value)];
    if (parts.length === 0) throw new UseProblem('path_join needs at least one part');
    return parts.reduce((path, part) =>
      part.startsWith('/') ? part : path === '' || path.endsWith('/') ? path + part : `${path}/${part}`,
    );
  }),
  normpath: filter('', (value) => posix.normalize(textOf(value)).replace(/(?<=.)\/$/, '')),
  commonpath: filter('', (value) => {
    if (!Array.isArray(value)) throw new UseProblem(`commonpath needs a list, and this is ${typeName(value)}`);
    return commonpath(value.map(textOf));
  }),
};
