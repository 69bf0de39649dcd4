import { posix } from 'node:path';
import type { Reader, Survey, Writer } from '../connection/connection.ts';

const LIST: Survey = {
  width: 1,
  script: `for p; do
  case $p in "~"|"~/"*) p=$HOME\${p#"~"};; esac
  [ ! -d "$p" ] || ls -A -- "$p" || exit
  answer
done`,
};

/** Whether a folder has something in it. */
export async function holdsSomething(host: Reader, path: string): Promise<boolean> {
  return (await host.survey(LIST, [path])).stdout !== '';
}

/** Puts a link ($4 is ln's option) to $1 at $2 by way of the temporary name $3. */
const LINK = `trap 'rm -f -- "$3"' EXIT
ln $4 -- "$1" "$3" || exit
if [ -d "$2" ] && [ ! -L "$2" ]; then rmdir -- "$2" || exit; fi
mv -fT -- "$3" "$2"`;

/** Makes a link, or turns one, in place of a file, link or empty folder. */
export async function putLink(host: Writer, source: string, path: string, symbolic: boolean): Promise<void> {
  const temporary = posix.join(posix.dirname(path), `.mesh-play-link-${process.pid}-${Date.now()}`);
  await host.runScript(LINK, [source, path, temporary, symbolic ? '-s' : '']);
}
