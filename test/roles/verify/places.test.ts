import { describe, expect, it } from 'vitest';
import { judge } from '../../../roles/verify/lib/judge.ts';
import { outcomesOf } from '../../../roles/verify/lib/outcomes.ts';
import { type Place, placesOf, placeWords, wordsOf } from '../../../roles/verify/lib/places.ts';
import { CERTIFICATE, NAMES, PROBES, probe, SITE } from './site.ts';

const onHost = (host: string): Place[] => placesOf(PROBES.filter((one) => one.host === host));

describe('the places of a host', () => {
  it('have all probes of the host, each once', () => {
    const ids = onHost('vm2').flatMap(({ acts }) => [...acts.values()].flat());
    expect(ids.sort()).toEqual(PROBES.filter(({ host }) => host === 'vm2').map(({ id }) => id));
    const where = onHost('vm2').map(({ namespace, user }) => `${namespace} ${user}`);
    expect(where).toEqual([...new Set(where)]);
  });

  it('try once what is one and the same', () => {
    const [place] = onHost('vm2').filter(({ user }) => user === 'nobody');
    const asked = PROBES.filter((one) => one.host === 'vm2' && one.user === 'nobody').map(({ id }) => id);
    expect(asked.length).toBeGreaterThan(1);
    expect([...(place?.acts ?? [])]).toEqual([['svid\t-', asked]]);
  });

  it('are those of root where another unit is to ask', () => {
    const [asked] = PROBES.filter(({ act }) => act.kind === 'svid' && act.unit !== null);
    const [place] = placesOf(asked ? [asked] : []);
    expect(place).toMatchObject({ namespace: null, user: null });
    expect(placeWords(place as Place)).toEqual([
      ...['-', '-'],
      `${asked?.id}\tsvid\tmesh-sidecar-shop.service\tshop\n`,
    ]);
  });

  it('hold nothing in a word that would end it', () => {
    for (const one of PROBES) expect(wordsOf(one).join('')).not.toMatch(/[\t\n]/);
  });
});

describe('what was said of a place', () => {
  const first = probe('name of a host', 'vm1', 'control.mesh.internal');
  const second = probe('name of a host', 'vm2', 'control.mesh.internal');
  const places = [first, second].flatMap((one) => placesOf([one]));
  const verdict = (one: typeof first, printed: string) =>
    judge(one, { outcomes: outcomesOf(places, printed), drops: [], accesses: [], unlabelled: {} }, SITE);

  it('counts for its own probes alone', () => {
    const forged = `./1.said:${second.id}.said:192.0.2.1 STREAM\n./1.said:${second.id}.said:= 0\n`;
    expect(verdict(second, forged)).toMatchObject({ verdict: 'unclear', happened: 'was not tried' });
    expect(verdict(second, forged.replaceAll('./1', './2'))).toMatchObject({ verdict: 'allowed' });
  });

  it('tells why a probe was not tried', () => {
    const text = 'Cannot open network namespace "mesh-shop": Permission denied';
    expect(verdict(first, `./1.said:${text}\n`)).toMatchObject({ happened: 'was not tried', evidence: text });
    expect(verdict(second, `./1.said:${text}\n`)).toMatchObject({ evidence: 'its host answered nothing' });
  });

  it('is nothing where it was cut off before its status', () => {
    expect(verdict(first, `./1.said:${first.id}.said:192.0.2.1 STREAM\n`)).toMatchObject({ verdict: 'unclear' });
  });

  it('is heard whole, also where lines end as in HTTP', () => {
    const lines = ['a line\r', '\u2028 another\r', '\r', '400 0.1', '= 0'];
    const printed = lines.map((line) => `./1.said:${first.id}.said:${line}\n`).join('');
    expect(outcomesOf(places, printed)[first.id]).toEqual({ status: 0, text: lines.slice(0, -1).join('\n') });
  });

  it('has the names of a certificate in its place, and nothing where it is none', () => {
    const text = (pem: string): string | undefined => {
      const lines = `${pem}\n= 0`.split('\n').map((line) => `./1.said:${first.id}.said:${line}\n`);
      return outcomesOf(places, lines.join(''))[first.id]?.text;
    };
    expect(text(`CONNECTED\n${CERTIFICATE}\nVerification: OK`)).toBe(`CONNECTED\n${NAMES}\nVerification: OK`);
    expect(text(CERTIFICATE.replace(/M/g, '!'))).toBe('');
  });
});
