/** One word for a POSIX shell: single quotes, each quote inside in double ones, as Python's shlex.quote. The only quoting there is. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A command line of words. */
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ');
