/** One word for a POSIX shell: single quotes, each quote inside in double ones, as Python's shlex.quote. The only quoting there is. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A command line of words. */
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ');

/** Splits a command line as a POSIX shell would, with quotes and backslashes; nothing is expanded. */
export function shellWords(text: string): string[] {
  const words = text.matchAll(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g);
  return [...words].map(([word]) =>
    word.replace(
      /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
      (_, single?: string, double?: string, escaped?: string) =>
        single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
    ),
  );
}
