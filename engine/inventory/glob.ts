import { Problem } from '../problem.ts';

/** True when a name holds a character that fnmatch gives a meaning. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** A shell glob (`*`, `?`, `[a-c]`, `[!a]`) as a regular expression for a whole name, as Python's fnmatch reads it. */
export function globRegex(glob: string): RegExp {
  let source = '';
  for (let index = 0; index < glob.length; index++) {
    const char = glob.charAt(index);
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (char === '[') {
      const close = closing(glob, index);
      source += close < 0 ? '\\[' : set(glob.slice(index + 1, close));
      if (close >= 0) index = close;
    } else source += char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  }
  return compile(`^${source}$`, 's', glob);
}

/** A regular expression as Python writes it, matched from the start of a name but not to its end. */
export function pythonRegex(pattern: string): RegExp {
  const flags = /^\(\?([aimsux]+)\)/.exec(pattern);
  const source = pattern
    .slice(flags?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$');
  return compile(`^(?:${source})`, (flags?.[1] ?? '').replace(/[^ims]/g, ''), `~${pattern}`);
}

function closing(glob: string, open: number): number {
  let from = open + 1;
  if (glob[from] === '!') from++;
  // A bracket right after the opening one is a member of the set.
  if (glob[from] === ']') from++;
  return glob.indexOf(']', from);
}

function set(members: string): string {
  const negated = members.startsWith('!');
  const text = (negated ? members.slice(1) : members).replace(/[\\\]^[]/g, '\\$&');
  return `[${negated ? '^' : ''}${text}]`;
}

function compile(source: string, flags: string, written: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new Problem({
      code: 'host-pattern',
      what: `host pattern "${written}" is malformed`,
      why: cause instanceof Error ? cause.message : undefined,
      cause,
    });
  }
}
