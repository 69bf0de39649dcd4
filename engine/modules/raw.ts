import { commandOutcome, defineAction, programScript } from '../module.ts';

interface Args {
  cmd: string;
  executable?: string;
}

/** Runs a command line as it is. */
export default defineAction<Args>({
  name: 'raw',
  description: 'Runs a command line as it is in the shell of the connection.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', description: 'The command line.' },
      executable: { type: 'string', format: 'path', description: 'Another shell to run it.', examples: ['/bin/bash'] },
    },
  },
  examples: `- raw: opkg install python3
`,
  act: async (host, { cmd, executable }) => {
    const script = executable === undefined ? cmd : programScript([executable, '-c', cmd]);
    const { status, stdout, stderr } = await host.runScript(script, [], { ok: 'any' });
    return commandOutcome(status, stdout, stderr, {});
  },
});
