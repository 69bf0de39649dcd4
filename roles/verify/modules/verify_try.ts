import { defineAction } from 'mesh-play';
import { outcomesOf } from '../lib/outcomes.ts';
import { placesOf, placeWords } from '../lib/places.ts';
import { FOLDER, type Probe } from '../lib/probe.ts';
import { scriptOf } from '../lib/script.ts';

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
    const tries = (await scriptOf(controller, 'postgres')) + (await scriptOf(controller, 'tries'));
    const places = placesOf(probes);
    const words = [FOLDER, socket, program, tries, ...places.flatMap(placeWords)];
    const { stdout } = await host.runScript(await scriptOf(controller, 'try'), words);
    const outcomes = outcomesOf(places, stdout);
    return { changed: false, returns: { outcomes: outcomes as unknown as Record<string, never> } };
  },
});
