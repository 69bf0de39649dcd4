import { octal } from '../stat.ts';

/** What a symbolic mode starts from. */
export interface ModeNow {
  mode: string;
  directory: boolean;
}

const SHIFT: Record<string, number> = { u: 6, g: 3, o: 0 };
/** Bits that `=` clears beside rwx: set-uid with the user, set-gid with the group, sticky with others. */
const SPECIAL: Record<string, number> = { u: 0o4000, g: 0o2000, o: 0o1000 };

/** The octal mode that `wanted` (octal, or symbolic as chmod takes it) means for what is there. */
export function modeFor(wanted: string, now: ModeNow, umask: number): string {
  if (/^[0-7]+$/.test(wanted)) return octal(Number.parseInt(wanted, 8));
  let mode = Number.parseInt(now.mode, 8);
  for (const clause of wanted.split(',')) mode = applyClause(clause, mode, now.directory, umask);
  return octal(mode);
}

function applyClause(clause: string, before: number, directory: boolean, umask: number): number {
  const users = /^[ugoa]*/.exec(clause)?.[0] ?? '';
  const classes = users === '' || users.includes('a') ? ['u', 'g', 'o'] : [...users];
  let mode = before;
  for (const [, operator, letters = ''] of clause.slice(users.length).matchAll(/([-+=])([^-+=]*)/g)) {
    const start = mode;
    for (const who of classes) {
      const bits = bitsOf(letters, who, start, directory) & (users === '' ? ~umask : 0o7777);
      if (operator === '+') mode |= bits;
      else if (operator === '-') mode &= ~bits;
      else mode = (mode & ~((7 << (SHIFT[who] ?? 0)) | (SPECIAL[who] ?? 0))) | bits;
    }
  }
  return mode;
}

function bitsOf(letters: string, who: string, mode: number, directory: boolean): number {
  const shift = SHIFT[who] ?? 0;
  let bits = 0;
  for (const letter of letters) {
    if (letter === 'r') bits |= 4 << shift;
    else if (letter === 'w') bits |= 2 << shift;
    else if (letter === 'x') bits |= 1 << shift;
    else if (letter === 'X' && (directory || (mode & 0o111) !== 0)) bits |= 1 << shift;
    else if (letter === 's' && who !== 'o') bits |= SPECIAL[who] ?? 0;
    else if (letter === 't' && who === 'o') bits |= 0o1000;
    else if (letter in SHIFT) bits |= ((mode >> (SHIFT[letter] ?? 0)) & 7) << shift;
  }
  return bits;
}
