import { defineQuery, Problem } from 'mesh-play';
import { isAtLeast, serialServed } from '../lib/soa.ts';

interface Args {
  zone: string;
  server: string;
  serial?: number;
  timeout: number;
}

/** Milliseconds between two questions. */
const EVERY = 100;

/** Waits until a server answers for a zone as it was last written: CoreDNS reads a file, or fetches a zone, in its own time. */
export default defineQuery<Args>({
  name: 'zone_served',
  description:
    'Waits until a DNS server answers for a zone, with a serial or a later one, so that what left the zone is no longer told. Does nothing in check mode.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['zone', 'server'],
    properties: {
      zone: { type: 'string', description: 'Name of the zone.', examples: ['mesh.internal'] },
      server: { type: 'string', description: 'Address at which the host asks, port 53.', examples: ['127.0.0.1'] },
      serial: { type: 'integer', minimum: 0, description: 'The serial waited for. Without one, any answer will do.' },
      timeout: { type: 'integer', default: 90, minimum: 1, description: 'Seconds to wait.' },
    },
  },
  examples: `- zone_served:
    zone: mesh.internal
    server: 127.0.0.1
    serial: "{{ zone.serial }}"
`,
  ask: async (host, { zone, server, serial, timeout }, controller) => {
    if (controller.check) return { skipped: 'nothing was written in check mode' };
    const end = Date.now() + timeout * 1000;
    for (;;) {
      const served = await serialServed(host, server, zone);
      if (served !== null && (serial === undefined || isAtLeast(served, serial)))
        return { returns: { serial: served } };
      if (Date.now() >= end) throw notServed(`the DNS server at ${server}`, zone, served, serial, timeout);
      await controller.pause(EVERY);
    }
  },
});

function notServed(
  server: string,
  zone: string,
  served: number | null,
  serial: number | undefined,
  timeout: number,
): Problem {
  const code = 'zone-not-served';
  const mend = 'see journalctl -u coredns there';
  return served === null
    ? new Problem({
        code,
        what: `${server} does not answer for ${zone} in ${timeout} s`,
        why: 'it does not run, or refuses this host',
        mend: `${mend}; coredns_allow must hold the address that the host asks from`,
      })
    : new Problem({
        code,
        what: `${server} answers for ${zone} with the serial ${served}, and not with ${serial} in ${timeout} s`,
        why: 'it has not read the zone that was written, or not fetched it from the first server',
        mend,
      });
}
