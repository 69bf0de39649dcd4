import type { Reader } from '../connection/connection.ts';

/** Names of databases of nsswitch.conf(5); with getent where it is, by reading the file where it is not. */
export const GETENT = `get() { if command -v getent >/dev/null; then getent "$1" "$2"; else while IFS= read -r l; do case $l in "$2":*) printf '%s\\n' "$l";; esac; done <"/etc/$1"; fi; }`;

/** One line of passwd(5) or group(5) in its fields, or undefined when there is none. */
export async function entryOf(host: Reader, database: 'passwd' | 'group', name: string): Promise<string[] | undefined> {
  const { stdout } = await host.script(`${GETENT}\nget "$1" "$2"\n:`, [database, name]);
  const line = stdout.split('\n')[0] ?? '';
  return line === '' ? undefined : line.split(':');
}
