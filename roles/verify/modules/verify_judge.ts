import { defineController } from 'mesh-play';
import type { Access, Drop } from '../lib/evidence.ts';
import type { Outcome, Probe, Site } from '../lib/probe.ts';
import { junitOf, linesOf, tableOf } from '../lib/report.ts';

interface Args {
  probes: Probe[];
  site: Site;
  outcomes: Record<string, Outcome>[];
  seen: Record<string, { drops: Drop[]; accesses: Access[]; unlabelled: string }>;
}

/** Judges what came of the probes. */
export default defineController<Args>({
  name: 'verify_judge',
  description: 'Judges what came of the probes by what was seen, as a table, as JSON and as JUnit.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['probes', 'site', 'outcomes', 'seen'],
    properties: {
      probes: { type: 'array', items: { type: 'object' }, description: 'What verify_plan planned.' },
      site: { type: 'object', description: 'What it was planned for.' },
      outcomes: { type: 'array', items: { type: 'object' }, description: 'What verify_try answered on each host.' },
      seen: { type: 'object', description: 'What verify_host saw, by host.' },
    },
  },
  evaluate: async ({ probes, site, outcomes, seen }) => {
    const all = Object.values(seen);
    const unlabelled = Object.fromEntries(
      Object.entries(seen).map(([host, { unlabelled: address }]) => [host, address]),
    );
    const lines = linesOf(
      probes,
      {
        outcomes: Object.assign({}, ...outcomes),
        drops: all.flatMap(({ drops }) => drops),
        accesses: all.flatMap(({ accesses }) => accesses),
        unlabelled,
      },
      site,
    );
    const differ = lines.filter(({ result }) => result !== 'as expected').length;
    return {
      returns: {
        table: `\n${tableOf(lines)}`,
        json: `${JSON.stringify(lines, null, 2)}\n`,
        junit: junitOf(lines),
        differ,
      },
    };
  },
});
