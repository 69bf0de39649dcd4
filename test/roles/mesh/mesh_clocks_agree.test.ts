import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import { clockFaults, type Reading } from '../../../roles/mesh/lib/clock.ts';
import meshClocksAgree from '../../../roles/mesh/modules/mesh_clocks_agree.ts';
import { controllerFor } from '../../support/module.ts';

const clock = (host: string, ahead: number, within = 0): Reading => ({ host, ahead, within });
const faults = (...readings: Reading[]): string[] => clockFaults(readings, 'control', { host: 10, controller: 600 });

describe('clocks', () => {
  it('agree up to what certificates bear', () => {
    expect(faults(clock('control', 0), clock('vm1', 10), clock('vm2', -10))).toEqual([]);
    expect(faults(clock('control', 599), clock('vm1', 600))).toEqual([]);
  });

  it('are off when they are away from the one that signs, ahead or behind', () => {
    expect(faults(clock('control', 0), clock('vm1', 11), clock('vm2', -7200), clock('vm3', 150))).toEqual([
      'the clock of vm1 is 11 s ahead of that of control, whose SPIRE server signs',
      'the clock of vm2 is 2 h behind that of control, whose SPIRE server signs',
      'the clock of vm3 is 3 min ahead of that of control, whose SPIRE server signs',
    ]);
  });

  it('are off when all are away from the controller', () => {
    expect(faults(clock('control', -3 * 86400), clock('vm1', -3 * 86400))).toEqual([
      "the clock of control is 3 d behind the controller's",
      "the clock of vm1 is 3 d behind the controller's",
    ]);
  });

  it('are not held to be off for a slow connection', () => {
    expect(faults(clock('control', 0, 1), clock('vm1', 14, 3))).toEqual([]);
    expect(faults(clock('control', 0, 1), clock('vm1', 14.1, 3))).toHaveLength(1);
  });

  it('are held to the controller’s alone in a run without the host that signs', () => {
    expect(faults(clock('vm1', 500))).toEqual([]);
    expect(faults(clock('vm1', 7200))).toEqual(["the clock of vm1 is 2 h ahead of the controller's"]);
  });
});

describe('mesh_clocks_agree', () => {
  const judge = (...readings: Reading[]): Promise<unknown> =>
    meshClocksAgree
      .evaluate({ readings, signer: 'control', max: 10, controller_max: 600 }, {} as never, controllerFor({}))
      .catch((error: unknown) => (error instanceof Problem ? formatProblem(error) : error));

  it('says nothing where they do', async () => {
    expect(await judge(clock('control', 0), clock('vm1', 1))).toEqual({});
  });

  it('tells of all that are off at once', async () => {
    expect(await judge(clock('control', 0), clock('vm1', 3600), clock('vm2', -60))).toBe(
      [
        'the clock of vm1 is 60 min ahead of that of control, whose SPIRE server signs',
        '    the clock of vm2 is 60 s behind that of control, whose SPIRE server signs',
        '  why:  certificates hold from a moment to another, and each host judges them by its own clock: there they are not yet valid, or have ended',
        '  mend: let all hosts keep their time by NTP ("timedatectl" on a host tells whether it does), or bear more: mesh_clock_skew_max',
      ].join('\n'),
    );
  });
});
