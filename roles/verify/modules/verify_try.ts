import { defineAction } from 'mesh-play';
import { wordsOf } from '../lib/plan.ts';
import { FOLDER, type Outcome, type Probe } from '../lib/probe.ts';

interface Args {
  probes: Probe[];
  socket: string;
  program: string;
}

/** Tries what is to be tried from a host. */
export default defineAction<Args>({
  name: 'verify_try',
  description: 'Tries from a host what is to be tried there, several at once, and tells what came of each.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'probes', 'socket'],
    properties: {
      probes: { type: 'array', items: { type: 'object' }, description: 'Those of verify_plan that are for this host.' },
      socket: { type: 'string', format: 'path', description: 'The SPIRE agent’s workload socket.' },
      program: {
        type: 'string',
        format: 'path',
        description: 'The agent’s program.',
        examples: ['/opt/spire/current/spire-agent'],
      },
    },
  },
  act: async (host, { probes, socket, program }, controller) => {
    const script = (await controller.file(await controller.find('files', 'try'))).text ?? '';
    const stdin = probes.map((probe) => `${wordsOf(probe)}\n`).join('');
    const { stdout } = await host.runScript(script, [FOLDER, socket, program], { stdin });
    const outcomes: Record<string, Outcome> = {};
    for (const line of stdout.split('\n').filter(Boolean)) {
      const [id = '', status = '', text = ''] = line.split(' ');
      outcomes[id] = { status: Number(status), text: Buffer.from(text, 'base64').toString('utf8') };
    }
    return { changed: false, returns: { outcomes: outcomes as unknown as Record<string, never> } };
  },
});
