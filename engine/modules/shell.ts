import {
  COMMAND_ARGUMENTS,
  type CommandArgs,
  defineAction,
  runCommand,
  skipCommand,
  soughtProgram,
  unrunCommand,
} from '../module.ts';

interface Args extends CommandArgs {
  cmd: string;
  executable: string;
}

/** Runs a command line in a shell. */
export default defineAction<Args>({
  name: 'shell',
  description: 'Runs a command line in a shell of the host.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', description: 'The command line, or several lines.' },
      ...COMMAND_ARGUMENTS,
      executable: {
        type: 'string',
        format: 'path',
        default: '/bin/sh',
        description: 'The shell.',
        examples: ['/bin/bash'],
      },
    },
  },
  examples: `- shell: mysqldump shop | gzip > /srv/backup/shop.sql.gz
  args:
    creates: /srv/backup/shop.sql.gz

- shell:
    cmd: set -o pipefail; dmesg | grep -c error
    executable: /bin/bash
`,
  skip: skipCommand,
  foretells: ({ creates, removes }) => (creates ?? removes) !== undefined,
  unrun: ({ cmd }) => unrunCommand(cmd),
  act: (host, args) => {
    const { cmd, executable } = args;
    return runCommand(host, soughtProgram([executable, '-c', cmd], false), args, cmd, executable);
  },
});
