import type { Reader } from 'mesh-play';

/** What a unit wrote last, as details of a Problem: a line that says so, and the lines of its log. */
export async function lastLines(host: Reader, unit: string, title = 'its last log lines:'): Promise<string[]> {
  const words = ['journalctl', '-q', '-u', unit, '-n', '12', '-o', 'cat', '--no-pager'];
  const { stdout } = await host.query(words, { ok: 'any' });
  return [title, ...indented(stdout)];
}

/** The lines of a text that say something, each set in. */
export const indented = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => `  ${line}`);
