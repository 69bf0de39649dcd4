import { Problem } from './problem.ts';

/** True when a name holds a character that fnmatch gives a meaning. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** A shell glob (`*`, `?`, `[a-c]`, `[!a]`) as a regular expression for a whole name, as Python's fnmatch reads it. `named` is for errors. */
export function globRegex(glob: string, named = 'the pattern'): RegExp {
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
  return compilePattern(`^${source}$`, 's', glob, named);
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

/** A pattern that somebody wrote as `written`, compiled. Throws a Problem when it is malformed. */
export function compilePattern(source: string, flags: string, written: string, named: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new Problem({
      code: 'bad-pattern',
      what: `${named} "${written}" is malformed`,
      why: cause instanceof Error ? cause.message : undefined,
      cause,
    });
  }
}
