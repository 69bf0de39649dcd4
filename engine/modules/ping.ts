import { defineQuery, Problem } from '../module.ts';

interface Args {
  data: string;
}

/** Asks whether a host can be reached and used. */
export default defineQuery<Args>({
  name: 'ping',
  description: 'Asks whether commands can be run on a host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      data: { type: 'string', default: 'pong', description: 'What to answer; crash makes it fail.' },
    },
  },
  examples: `- ping:
`,
  ask: async (host, { data }) => {
    if (data === 'crash') throw new Problem({ code: 'module-failed', what: 'ping: asked to crash' });
    const { stdout } = await host.script('printf %s "$1"', [data]);
    return { returns: { ping: stdout } };
  },
});
