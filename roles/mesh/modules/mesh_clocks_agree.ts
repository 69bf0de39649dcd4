import { defineController, Problem } from 'mesh-play';
import { clockFaults, type Reading } from '../lib/clock.ts';

interface Args {
  readings: Reading[];
  signer: string;
  max: number;
  controller_max: number;
}

/** Checks before anything changes that no clock is further off than certificates bear. */
export default defineController<Args>({
  name: 'mesh_clocks_agree',
  description: 'Checks what mesh_clock read: no clock may be further off than certificates bear.',
  setsNothing: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['readings', 'signer', 'max', 'controller_max'],
    properties: {
      readings: { type: 'array', items: { type: 'object' }, description: 'What mesh_clock answered for each host.' },
      signer: { type: 'string', description: 'Host of the SPIRE server.' },
      max: { type: 'number', minimum: 0, description: "Seconds a clock may be away from the signer's." },
      controller_max: { type: 'number', minimum: 0, description: "Seconds a clock may be away from the controller's." },
    },
  },
  evaluate: async ({ readings, signer, max, controller_max }) => {
    const [first, ...others] = clockFaults(readings, signer, { host: max, controller: controller_max });
    if (first === undefined) return {};
    throw new Problem({
      code: 'clock-skew',
      what: first,
      details: others,
      why: 'certificates hold from a moment to another, and each host judges them by its own clock: there they are not yet valid, or have ended',
      mend: 'let all hosts keep their time by NTP ("timedatectl" on a host tells whether it does), or bear more: mesh_clock_skew_max',
    });
  },
});
