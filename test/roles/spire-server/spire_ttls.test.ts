import { expect, it } from 'vitest';
import type { Controller, Evaluator } from '../../../engine/module.ts';
import spireTtls from '../../../roles/spire-server/modules/spire_ttls.ts';

const judge = (ca_ttl: string, x509_svid_ttl: string, agent_ttl: string, svid_ttls: Record<string, string> = {}) =>
  spireTtls.evaluate({ ca_ttl, x509_svid_ttl, agent_ttl, svid_ttls }, {} as Evaluator, {} as Controller);

it('spire_ttls takes lifetimes up to a sixth of the CA’s, and up to seven days', async () => {
  expect(await judge('24h', '4h', '1h30m')).toEqual({});
  expect((await judge('24h', '1h', '4h1s')).failed).toBe(
    'agent_ttl 4h1s is too long for a ca_ttl of 24h: at most 240m fits',
  );
  expect((await judge('9999h', '169h', '1h')).failed).toContain('x509_svid_ttl 169h is too long');
});

it('spire_ttls says what is no duration', async () => {
  await expect(judge('7d', '1h', '1h')).rejects.toThrow('ca_ttl is "7d", which is no duration');
});

it('spire_ttls holds the lifetime of a single workload to the same rule', async () => {
  expect(await judge('24h', '1h', '1h', { 'ttl of service2': '4h' })).toEqual({});
  expect((await judge('24h', '1h', '1h', { 'ttl of service2': '5h' })).failed).toBe(
    'ttl of service2 5h is too long for a ca_ttl of 24h: at most 240m fits',
  );
});

it('spire_ttls holds tokens to it too, as the server does', async () => {
  const args = { ca_ttl: '24h', x509_svid_ttl: '1h', agent_ttl: '1h', svid_ttls: {}, jwt_svid_ttl: '5h' };
  expect((await spireTtls.evaluate(args, {} as Evaluator, {} as Controller)).failed).toBe(
    'jwt_svid_ttl 5h is too long for a ca_ttl of 24h: at most 240m fits',
  );
});
