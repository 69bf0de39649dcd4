import { describe, expect, it } from 'vitest';
import { formatProblem, type Problem } from '../../../engine/problem.ts';
import zoneServed from '../../../roles/coredns/modules/zone_served.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

/** What a server says that has a zone a.b of this serial. */
function answer(serial: number): string {
  const head = '6d7085800001000100000000' + '0161016200' + '00060001' + 'c00c' + '00060001' + '0000003c';
  const data = `${'036e7331c00c' + '0168c00c'}${serial.toString(16).padStart(8, '0')}${'00000001'.repeat(4)}`;
  const message = `${head}${(data.length / 2).toString(16).padStart(4, '0')}${data}`;
  return (message.length / 2).toString(16).padStart(4, '0') + message;
}

/** Asks a server that answers so, one time after the other. */
async function served(
  answers: string[],
  more: { serial?: number; timeout?: number; check?: boolean } = {},
): Promise<unknown> {
  const host = new FakeHost(answers.map((stdout): Call => ({ script: /dev\/tcp/, answer: { stdout } })));
  const { check = false, ...args } = more;
  const outside = controllerFor({ pause: async () => undefined }, check);
  const outcome = await zoneServed.ask(host, { zone: 'a.b', server: '127.0.0.1', timeout: 0, ...args }, outside);
  host.done();
  return outcome;
}

const said = (problem: Problem): string[] => formatProblem(problem).split('\n').slice(0, 2);

describe('zone_served', () => {
  it('waits for the serial that was written, or a later one', async () => {
    expect(await served(['', answer(41), answer(42)], { serial: 42, timeout: 60 })).toEqual({
      returns: { serial: 42 },
    });
    expect(await served([answer(43)], { serial: 42 })).toEqual({ returns: { serial: 43 } });
  });

  it('takes any answer where no serial is known', async () => {
    expect(await served(['', answer(1)], { timeout: 60 })).toEqual({ returns: { serial: 1 } });
  });

  it('says which serial a server stays with, and when it does not answer at all', async () => {
    expect(said(await thrownBy(served([answer(41)], { serial: 42 })))).toEqual([
      'the DNS server at 127.0.0.1 answers for a.b with the serial 41, and not with 42 in 0 s',
      '  why:  it has not read the zone that was written, or not fetched it from the first server',
    ]);
    expect(said(await thrownBy(served(['000c6d708585000100000000000000'])))).toEqual([
      'the DNS server at 127.0.0.1 does not answer for a.b in 0 s',
      '  why:  it does not run, or refuses this host',
    ]);
  });

  it('asks nobody in check mode', async () => {
    expect(await served([], { check: true })).toEqual({ skipped: 'nothing was written in check mode' });
  });
});
