import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import { filter } from '../environment.ts';
import { str } from '../python.ts';

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

/** Filters of paths, as Python's os.path has them. */
export const PATHS = {
  basename: filter('', (value) => str(value).slice(str(value).lastIndexOf('/') + 1)),
  dirname: filter('', (value) => {
    const head = str(value).slice(0, str(value).lastIndexOf('/') + 1);
    return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
  }),
  expanduser: filter('', (value) => expanduser(str(value))),
  expandvars: filter('', (value) =>
    str(value).replace(/\$(?:(\w+)|\{(\w+)\})/g, (found, bare, braced) => process.env[bare ?? braced] ?? found),
  ),
  realpath: filter('', (value) => realpath(str(value))),
  relpath: filter('start', (value, { start = '.' }) => posix.relative(str(start), str(value)) || '.'),
  splitext: filter('', (value) => splitext(str(value))),
  path_join: filter('', (value) =>
    (Array.isArray(value) ? value.map(str) : [str(value)]).reduce((path, part) =>
      part.startsWith('/') ? part : path === '' || path.endsWith('/') ? path + part : `${path}/${part}`,
    ),
  ),
  normpath: filter('', (value) => posix.normalize(str(value)).replace(/(?<=.)\/$/, '')),
  commonpath: filter('', (value: unknown[]) => {
    const [first = [], ...others] = value.map((path) => str(path).split('/'));
    const end = first.findIndex((part, index) => others.some((other) => other[index] !== part));
    return (end === -1 ? first : first.slice(0, end)).join('/') || '/';
  }),
};
