/** One word for a POSIX shell: single quotes, with each quote inside put between them. The only quoting there is. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line of words. */
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ');
