/** What stands where a secret would. */
export const HIDDEN = '<hidden>';

const WORDS = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pass',
  'pwd',
  'secret',
  'token',
  'credential',
  'apikey',
];

/** Words that, misspelt by a letter or two, are still meant; shorter ones are near to too much else. */
const MISSPELT = ['password', 'passwd', 'passphrase', 'secret', 'token'];

const KEYS = new Set(['private', 'api', 'access', 'encryption', 'signing', 'shared', 'master', 'auth']);

/** What a name ends in that is about a secret and holds none. */
const ABOUT = new Set([
  ...['file', 'files', 'path', 'dir', 'folder', 'url', 'name', 'type', 'mode', 'policy', 'lock', 'prompt', 'length'],
  ...['ttl', 'lifetime', 'age', 'expires', 'max', 'min', 'days', 'warn', 'enabled', 'required'],
]);

/** What a name begins with that says whether or when, and not what. */
const WHETHER = new Set(['update', 'generate', 'ask', 'require', 'use', 'show', 'no']);

const judged = new Map<string, boolean>();

/** The one rule by which a key or variable is taken to hold a secret: a word of its name says so, or nearly. */
export function isSecretName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const found = saysSecret(name);
  judged.set(name, found);
  return found;
}

function saysSecret(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  if (ABOUT.has(words.at(-1) ?? '') || WHETHER.has(words[0] ?? '')) return false;
  return words.some((word, index) => isSecretWord(word) || (/^keys?$/.test(word) && KEYS.has(words[index - 1] ?? '')));
}

function isSecretWord(word: string): boolean {
  const one = word.replace(/s$/, '');
  // As in PGPASSWORD.
  if (WORDS.includes(word) || WORDS.includes(one) || /(password|passwd|passphrase|secret|token)$/.test(one))
    return true;
  return MISSPELT.some((meant) => isNear(one, meant));
}

/** One letter too many, too few, another or two swapped; in a long word also two letters. */
function isNear(word: string, meant: string): boolean {
  if (word[0] !== meant[0] || Math.abs(word.length - meant.length) > 2) return false;
  const [before, after] = [sameFrom(word, meant, 0), sameFrom(word, meant, 1)];
  const wrong = Math.max(word.length, meant.length) - before - after;
  return wrong <= (meant.length >= 8 ? 3 : wrong === 2 && isSwapped(word, meant, before) ? 2 : 1);
}

/** How many letters two words have in common from their beginning (0) or their end (1). */
function sameFrom(a: string, b: string, side: 0 | 1): number {
  const [x, y] = side === 0 ? [a, b] : [[...a].reverse().join(''), [...b].reverse().join('')];
  let count = 0;
  while (count < Math.min(x.length, y.length) && x[count] === y[count]) count++;
  return count;
}

const isSwapped = (a: string, b: string, at: number): boolean => a[at] === b[at + 1] && a[at + 1] === b[at];
