import {
  COMMAND_ARGUMENTS,
  type CommandArgs,
  defineAction,
  Problem,
  runCommand,
  shellWords,
  skipCommand,
  soughtProgram,
  unrunCommand,
} from '../module.ts';

interface Args extends CommandArgs {
  cmd?: string;
  argv?: string[];
  expand_argument_vars: boolean;
}

const wordsOf = ({ argv, cmd = '' }: Args): string[] => argv ?? shellWords(cmd);

/** Runs a program, without a shell in between. */
export default defineAction<Args>({
  name: 'command',
  description: 'Runs a program. No shell reads the words: pipes, redirections and globs mean nothing.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      cmd: { type: 'string', description: 'The program and its words, split at white space outside quotes.' },
      argv: { type: 'array', items: { type: 'string' }, description: 'The program and its words, as a list.' },
      ...COMMAND_ARGUMENTS,
      expand_argument_vars: {
        type: 'boolean',
        default: true,
        description: 'Replace $NAME with the host’s environment variable of that name.',
      },
    },
    mutuallyExclusive: [['cmd', 'argv']],
    requiredOneOf: [['cmd', 'argv']],
  },
  examples: `- command: /srv/app/bin/migrate --all
  args:
    chdir: /srv/app
    creates: /srv/app/.migrated

- command:
    argv: [/usr/bin/tool, --title, two words]
`,
  skip: skipCommand,
  foretells: ({ creates, removes }) => (creates ?? removes) !== undefined,
  unrun: (args) => unrunCommand(wordsOf(args)),
  act: async (host, args) => {
    const argv = wordsOf(args);
    const [program] = argv;
    if (program === undefined) throw new Problem({ code: 'wrong-argument', what: 'command: no program is given' });
    return runCommand(host, soughtProgram(argv, args.expand_argument_vars), args, argv, program);
  },
});
