import { defineQuery, Problem, type Reader } from 'mesh-play';
import type { Reading } from '../lib/clock.ts';

/** How finely the controller tells the time, in seconds. */
const TICK = 0.001;

/** The host's clock was read at some moment of the round trip; its middle is off by half of it and a tick at most. */
async function read(host: Reader): Promise<Omit<Reading, 'host'>> {
  const asked = Date.now() / 1000;
  const { stdout } = await host.query(['date', '+%s.%N']);
  const answered = Date.now() / 1000;
  if (!/^\d+\.\d+\n$/.test(stdout))
    throw new Problem({ code: 'no-clock', what: `date answers ${JSON.stringify(stdout)}, which is no time` });
  return { ahead: Number(stdout) - (asked + answered) / 2, within: (answered - asked) / 2 + TICK };
}

/** Reads how far a host's clock is from the controller's. */
export default defineQuery<Record<never, never>>({
  name: 'mesh_clock',
  description: "Reads how far the host's clock is ahead of the controller's.",
  schema: { type: 'object', additionalProperties: false, properties: {} },
  ask: async (host, _args, controller) => {
    // The first may have waited for others; the quicker one is nearer to the truth.
    const [first, second] = [await read(host), await read(host)];
    return { returns: { host: controller.host, ...(second.within < first.within ? second : first) } };
  },
});
