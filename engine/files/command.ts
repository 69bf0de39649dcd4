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
export const programScript = (argv: readonly string[]): string => `exec ${argv.map(quote).join(' ')}`;

/** What a script says on stderr, and nothing else, when it ends before it has become the program. */
const NOTHING_RUN = 'mesh-play: nothing was run';

/** Why nothing was run, by the status of the script; `rc` is the error number that Ansible answers. */
const NOT_RUN: Record<number, { rc: number | null; msg: string; what: (program: string, folder: string) => string }> = {
  125: {
    rc: null,
    msg: 'Unable to change directory before execution.',
    what: (_program, folder) => `the folder "${folder}" to run it in cannot be entered`,
  },
  126: { rc: 13, msg: 'Error executing command.', what: (program) => `"${program}" may not be run` },
  127: { rc: 2, msg: 'Error executing command.', what: (program) => `there is no program "${program}"` },
};

const REFUSE = `mesh_play_refuse() { echo '${NOTHING_RUN}' >&2; exit "$1"; }\n`;

/** Looks for a program as execvp does: by its path, or in the folders of PATH. Costs no process. */
const LOOK = `mesh_play_look() {
  case $1 in */*)
    if [ -f "$1" ] && [ -x "$1" ]; then return; fi
    if [ -e "$1" ]; then mesh_play_refuse 126; fi
    mesh_play_refuse 127;;
  esac
  mesh_play_status=127 IFS=:
  set -f
  for mesh_play_folder in $PATH; do
    mesh_play_path=\${mesh_play_folder:-.}/$1
    if [ -f "$mesh_play_path" ]; then
      if [ -x "$mesh_play_path" ]; then return; fi
      mesh_play_status=126
    fi
  done
  mesh_play_refuse $mesh_play_status
}
`;

/** As programScript, for `runCommand`: it tells a program that is not there from one that ends with 127. */
export function soughtProgram(argv: readonly string[], variables = true): string {
  const [program = '', ...words] = argv.map((word) => (variables ? expanded(word) : quote(word)));
  return `${LOOK}mesh_play_look ${program}\nexec ${[program, ...words].join(' ')}`;
}

const into = (chdir: string | undefined): string =>
  chdir === undefined ? '' : `cd ${expanded(chdir)} 2>/dev/null || mesh_play_refuse 125\n`;

/** Globs are matched as Python's glob does: a link that leads nowhere counts. */
const MATCH = `IFS=
for g; do
  case $g in "~"|"~/"*) g=$HOME\${g#"~"};; esac
  for p in $g; do if [ -e "$p" ] || [ -L "$p" ]; then echo yes; break; fi; done
  answer
done`;

/** Why there is nothing to do, when `creates` is there or `removes` is not. */
export async function skipCommand(
  host: Reader,
  { creates, removes, chdir }: Pick<CommandArgs, 'creates' | 'removes' | 'chdir'>,
): Promise<string | undefined> {
  const matches = async (glob: string): Promise<boolean> =>
    (await host.survey({ script: REFUSE + into(chdir) + MATCH, width: 1 }, [glob])).stdout.trim() === 'yes';
  const [made, needed] = await Promise.all([creates && matches(creates), removes && matches(removes)]);
  if (made === true) return `skipped, since ${creates} exists`;
  if (needed === false) return `skipped, since ${removes} does not exist`;
  return undefined;
}

/** Runs `soughtProgram` and tells what came of it, in Ansible's terms. `cmd` is what is returned as such. */
export async function runCommand(
  host: Writer,
  script: string,
  args: CommandArgs,
  cmd: string | string[],
  program: string,
): Promise<Outcome> {
  const { stdin, stdin_add_newline: newline, strip_empty_ends: strip, chdir } = args;
  const start = new Date();
  const output = await host.runScript(REFUSE + into(chdir) + script, [], {
    ok: 'any',
    name: called(cmd),
    ...(stdin === undefined ? {} : { stdin: newline ? `${stdin}\n` : stdin }),
  });
  const refused = output.stderr.trim() === NOTHING_RUN ? NOT_RUN[output.status] : undefined;
  if (refused) return notRun(refused, cmd, program, chdir ?? '');
  const end = new Date();
  const times = { start: clock(start), end: clock(end), delta: duration(end.getTime() - start.getTime()) };
  const trim = (text: string): string => (strip ? text.replace(/[\r\n]+$/, '') : text);
  return commandOutcome(output.status, trim(output.stdout), trim(output.stderr), { cmd, ...times, msg: '' });
}

/** A command as its author wrote it, short. */
function called(cmd: string | string[]): string {
  const first = (typeof cmd === 'string' ? cmd : cmd.join(' ')).trim().split('\n')[0] ?? '';
  return `"${first.length > 60 ? `${first.slice(0, 60)}…` : first}"`;
}

/** Nothing was run, so nothing can have changed. */
function notRun(
  { rc, msg, what }: (typeof NOT_RUN)[number],
  cmd: string | string[],
  program: string,
  folder: string,
): Outcome {
  const output = { stdout: '', stderr: '', stdout_lines: [], stderr_lines: [] };
  return { failed: what(program, folder), returns: { changed: false, cmd, rc, msg, ...output } };
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
