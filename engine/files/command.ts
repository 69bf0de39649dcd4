import type { Reader, Writer } from '../connection/connection.ts';
import type { Property } from '../property.ts';
import type { Outcome } from '../result.ts';
import type { Mapping } from '../value.ts';

/** What command and shell have in common. */
export interface CommandArgs {
  chdir?: string;
  creates?: string;
  removes?: string;
  stdin?: string;
  stdin_add_newline: boolean;
  strip_empty_ends: boolean;
}

/** Their part of a schema. */
export const COMMAND_ARGUMENTS = {
  chdir: { type: 'string', format: 'path', description: 'Folder to run it in.', examples: ['/srv/app'] },
  creates: {
    type: 'string',
    format: 'path',
    description: 'A path or glob that it makes: nothing is run when there is one.',
    examples: ['/srv/app/.done'],
  },
  removes: {
    type: 'string',
    format: 'path',
    description: 'A path or glob that it needs: nothing is run when there is none.',
  },
  stdin: { type: 'string', description: 'Text for its standard input.' },
  stdin_add_newline: {
    type: 'boolean',
    default: true,
    description: 'End the text for standard input with a line end.',
  },
  strip_empty_ends: { type: 'boolean', default: true, description: 'Drop line ends at the end of what it printed.' },
} as const satisfies Record<string, Property>;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A word as sh text in which `~`, $NAME and ${NAME} mean what they mean on the host. */
function expanded(word: string): string {
  const [, home = '', rest = word] = /^(~[\w.-]*(?:\/|$))([\s\S]*)$/.exec(word) ?? [];
  const parts = rest.split(/(\$\w+|\$\{\w+\})/).map((part) => {
    const name = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(part)?.[1];
    // A variable that is not set stays as it is written, as in Ansible.
    return name === undefined || !part.startsWith('$')
      ? part && quote(part)
      : `"\${${name}-${part.replace('$', '\\$').replace('}', '\\}')}}"`;
  });
  return `${home}${parts.join('')}` || "''";
}

/** An sh script that becomes the program, so that a builtin of that name is not run in its place. */
export const programScript = (argv: readonly string[], variables = true): string =>
  `exec ${argv.map((word) => (variables ? expanded(word) : quote(word))).join(' ')}`;

const into = (chdir: string | undefined): string => (chdir === undefined ? '' : `cd ${expanded(chdir)} || exit 1\n`);

/** Globs are matched as Python's glob does: a link that leads nowhere counts. */
const MATCH = `IFS=
for g; do
  case $g in "~"|"~/"*) g=$HOME\${g#"~"};; esac
  for p in $g; do if [ -e "$p" ] || [ -L "$p" ]; then echo yes; break; fi; done
  answer
done`;

/** Why there is nothing to do, when `creates` is there or `removes` is not. */
export async function skipCommand(host: Reader, args: CommandArgs): Promise<string | undefined> {
  const { creates, removes, chdir } = args;
  const matches = async (glob: string): Promise<boolean> =>
    (await host.survey({ script: into(chdir) + MATCH, width: 1 }, [glob])).stdout.trim() === 'yes';
  const [made, needed] = await Promise.all([creates && matches(creates), removes && matches(removes)]);
  if (made === true) return `skipped, since ${creates} exists`;
  if (needed === false) return `skipped, since ${removes} does not exist`;
  return undefined;
}

/** Runs a script and tells what came of it, in Ansible's terms. `cmd` is what is returned as such. */
export async function runCommand(
  host: Writer,
  script: string,
  args: CommandArgs,
  cmd: string | string[],
): Promise<Outcome> {
  const { stdin, stdin_add_newline: newline, strip_empty_ends: strip, chdir } = args;
  const start = new Date();
  const output = await host.runScript(into(chdir) + script, [], {
    ok: 'any',
    ...(stdin === undefined ? {} : { stdin: newline ? `${stdin}\n` : stdin }),
  });
  const end = new Date();
  const times = { start: clock(start), end: clock(end), delta: duration(end.getTime() - start.getTime()) };
  const trim = (text: string): string => (strip ? text.replace(/[\r\n]+$/, '') : text);
  return commandOutcome(output.status, trim(output.stdout), trim(output.stderr), { cmd, ...times, msg: '' });
}

/** What Ansible's command and shell answer in check mode (lib/ansible/modules/command.py): conditions on `rc` hold as after a success. */
export const unrunCommand = (cmd: string | string[]): Mapping => ({
  cmd,
  rc: 0,
  stdout: '',
  stderr: '',
  stdout_lines: [],
  stderr_lines: [],
  start: null,
  end: null,
  delta: null,
  msg: 'Command would have run if not in check mode',
});

/** A command's result; a status other than 0 is a failure. */
export function commandOutcome(
  rc: number,
  stdout: string,
  stderr: string,
  further: Record<string, string | string[]>,
): Outcome {
  const returns = { ...further, rc, stdout, stderr, stdout_lines: linesOf(stdout), stderr_lines: linesOf(stderr) };
  if (rc === 0) return { returns };
  return { failed: 'non-zero return code', returns: { ...returns, msg: 'non-zero return code' } };
}

/** As Python's splitlines: a line end at the end begins no further line. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-01-31 08:05:09.120000` */
function clock(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time}.${String(at.getMilliseconds()).padStart(3, '0')}000`;
}

/** `0:00:01.250000` */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const fraction = String(Math.round(ms % 1000)).padStart(3, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}000`;
}
