import { posix } from 'node:path';
import { commandOutcome, defineAction, firstWord, Problem } from '../module.ts';

interface Args {
  cmd: string;
  creates?: string;
  removes?: string;
  chdir?: string;
  executable?: string;
}

/** Runs a file of the controller on the host. */
export default defineAction<Args>({
  name: 'script',
  description: 'Runs a file of the controller on the host, which does not keep it.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: {
        type: 'string',
        description: 'The file, and its arguments as a shell of the host takes them.',
        examples: ['setup.sh --fast'],
      },
      creates: {
        type: 'string',
        format: 'path',
        description: 'A path that it makes: nothing is run when something is there.',
      },
      removes: {
        type: 'string',
        format: 'path',
        description: 'A path that it needs: nothing is run when nothing is there.',
      },
      chdir: { type: 'string', format: 'path', description: 'Folder of the host to run it in, as a whole path.' },
      executable: {
        type: 'string',
        description: 'A program that it is given to. Default: the one that the file’s first line names.',
        examples: ['python3'],
      },
    },
  },
  examples: `- script: setup.sh --fast
  args:
    creates: /srv/app/.done
`,
  skip: async (host, { creates, removes }) => {
    const [made, needed] = await Promise.all([creates && host.stat(creates), removes && host.stat(removes)]);
    if (made) return `${creates} exists, matching creates option`;
    return removes !== undefined && !needed ? `${removes} does not exist, matching removes option` : undefined;
  },
  leavesOut: true,
  foretells: ({ creates, removes }) => (creates ?? removes) !== undefined,
  act: async (host, { cmd, chdir, executable }, controller) => {
    if (chdir !== undefined && !chdir.startsWith('/'))
      throw new Problem({ code: 'wrong-argument', what: `script: "chdir" must be a whole path, not "${chdir}"` });
    const { word, rest } = firstWord(cmd);
    const content = await controller.file(await controller.find('files', word));
    const chunks: Uint8Array[] = [];
    for await (const chunk of content.open()) chunks.push(chunk);
    const script = `${KEPT}${executable === undefined ? '' : `${executable} `}"$mesh_play_script"${rest}`;
    const options = { stdin: Buffer.concat(chunks), ok: 'any', name: posix.basename(word) } as const;
    const { status, stdout, stderr } = await host.runScript(script, [posix.basename(word), chdir ?? ''], options);
    return commandOutcome(status, stdout, stderr, {});
  },
});

/** Keeps standard input as a program for as long as the script runs. $1 its name, $2 the folder to run it in, or nothing. */
const KEPT = `mesh_play_folder=$(mktemp -d) || exit
trap 'rm -rf "$mesh_play_folder"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
mesh_play_script=$mesh_play_folder/$1
cat >"$mesh_play_script" && chmod 700 "$mesh_play_script" || exit
if [ -n "$2" ]; then cd "$2" || exit; fi
exec </dev/null
set --
`;
