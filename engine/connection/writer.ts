import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { Problem } from '../problem.ts';
import { quote } from '../quote.ts';
import type { Content, Output, QueryOptions, WriteOptions, Writer } from './connection.ts';
import { judged, ShellReader } from './reader.ts';
import type { As, Progress } from './session.ts';
import type { Use } from './shells.ts';

/** Content up to this size travels inside the request; larger content is streamed after it. */
const INLINE_BYTES = 64 * 1024;
/** How much is sent before the next report of progress. */
const PROGRESS_BYTES = 1024 * 1024;

const NO_SPACE = 71;
const REFUSED = 72;
const CUT_OFF = 73;

/**
 * Puts standard input at $1 by way of the name $2 beside it, with owner $3, group $4, mode $5, the old file kept as $6,
 * checked by the command $7, in which the temporary file is $t. Of a stream that does not come to $8 bytes nothing is
 * put; $9 is what unpacks it, if anything. With a tenth word a link at $1 makes way; else the file it leads to is meant.
 * The temporary file is private until its owner and mode are right, and gone on any failure.
 */
const WRITE_SCRIPT = `p=$1 old=
if [ -z "\${10}" ] && [ -L "$p" ]; then p=$(readlink -f -- "$p") || exit; fi
if [ -e "$p" ] && { [ -z "\${10}" ] || [ ! -L "$p" ]; }; then old=$p; fi
case $p in */*) t=\${p%/*}/$2;; *) t=./$2;; esac
mask=$(umask)
umask 077
trap 'rm -f -- "$t"' EXIT
\${9:-cat} >"$t" || exit ${NO_SPACE}
if [ -n "$8" ] && [ "$(wc -c <"$t")" -ne "$8" ]; then exit ${CUT_OFF}; fi
if [ -n "$old" ]; then chown --reference="$old" -- "$t" 2>/dev/null; fi
if [ -n "$3$4" ]; then chown -- "$3\${4:+:$4}" "$t" || exit; fi
if [ -n "$5" ]; then chmod -- "$5" "$t"
elif [ -n "$old" ]; then chmod --reference="$old" -- "$t"
else chmod $(printf %o $((0666 & ~0$mask))) -- "$t"
fi || exit
if [ -n "$7" ]; then eval "$7" </dev/null || exit ${REFUSED}; fi
sync -- "$t" || exit ${NO_SPACE}
if [ -n "$6" ] && [ -e "$p" ]; then cp -p -- "$p" "$6" || exit; fi
mv -fT -- "$t" "$p"`;

/** Changes a host through the shell of one user. */
export class ShellWriter extends ShellReader implements Writer {
  readonly #progress: Progress | undefined;
  readonly #far: boolean;

  /** `far`: what is sent goes over a network. */
  constructor(host: string, use: Use, as: As, far: boolean, progress?: Progress) {
    super(host, use, as);
    this.#far = far;
    this.#progress = progress;
  }

  run(argv: readonly string[], options: QueryOptions = {}): Promise<Output> {
    return this.perform({ argv }, 'changes', options);
  }

  runScript(text: string, args: readonly string[] = [], options: QueryOptions = {}): Promise<Output> {
    const { name } = options;
    return this.perform({ script: text, args, ...(name === undefined ? {} : { name }) }, 'changes', options);
  }

  async write(path: string, content: Content, options: WriteOptions = {}): Promise<void> {
    const temporary = `.${posix.basename(path)}.mesh-play-${randomBytes(6).toString('hex')}`;
    const { owner = '', group = '', mode = '', backup = '', validate = [], replaceLink = false } = options;
    const check = validate.map((word) => word.split('%s').map(quote).join('"$t"')).join(' ');
    const args = [path, temporary, owner, group, mode, backup, check];
    const link = replaceLink ? ['replace'] : [];
    const output =
      content.size <= INLINE_BYTES
        ? await this.#small([...args, '', '', ...link], content)
        : await this.#large(args, link, content, posix.join(posix.dirname(path), temporary));
    if (output.status === NO_SPACE) throw notWritten(path, output);
    if (output.status === REFUSED) throw refused(path, validate, output);
    judged({ script: `write ${path}`, args: [] }, output, [0]);
  }

  async #small(args: readonly string[], content: Content): Promise<Output> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content.open()) chunks.push(chunk);
    const command = { script: WRITE_SCRIPT, args, name: `the write of ${args[0]}` };
    return this.perform(command, 'changes', { stdin: Buffer.concat(chunks), ok: 'any' });
  }

  async #large(args: readonly string[], link: readonly string[], content: Content, temporary: string): Promise<Output> {
    const [path = ''] = args;
    const packed = (await this.#unpacks(content)) ? await content.packed?.() : undefined;
    const sent = packed ?? content;
    let told = 0;
    const onSent = (bytes: number): void => {
      if (bytes - told < PROGRESS_BYTES && bytes < sent.size) return;
      told = bytes;
      this.#progress?.(path, bytes, sent.size);
    };
    const words = [...args, String(content.size), packed ? 'gzip -dc' : '', ...link];
    const command = { script: WRITE_SCRIPT, args: words, name: `the transfer of ${path}` };
    const unsent = `the old file, if there was one, is as it was; the host removes ${temporary}, where the new one was to be`;
    return this.use('changes', (shell) =>
      shell.stream(command, sent.size, sent.open(), { onSent, unsent, ...this.left() }),
    );
  }

  async #unpacks({ packed }: Content): Promise<boolean> {
    if (!this.#far || packed === undefined) return false;
    const { status } = await this.script('command -v gzip >/dev/null', [], { ok: 'any' });
    return status === 0;
  }
}

function notWritten(path: string, { stderr }: Output): Problem {
  const full = /No space left on device|Disk quota exceeded/.test(stderr);
  return new Problem({
    code: full ? 'disk-full' : 'not-written',
    what: full ? `the disk that holds ${path} is full` : `${path} could not be written`,
    why: 'the old file, if there was one, is as it was',
    details: stderr.trimEnd().split('\n').filter(Boolean),
    mend: full ? `make room on the file system of ${posix.dirname(path)}` : undefined,
  });
}

function refused(path: string, validate: readonly string[], { stdout, stderr }: Output): Problem {
  return new Problem({
    code: 'validation-failed',
    what: `the new content of ${path} was refused by ${validate.join(' ')}`,
    why: 'the old file is as it was',
    details: `${stdout}\n${stderr}`.trim().split('\n').slice(-10).filter(Boolean),
  });
}
