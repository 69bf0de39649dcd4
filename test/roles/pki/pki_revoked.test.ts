import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import { keepCa, sign, type Wish } from '../../../roles/pki/lib/ca.ts';
import { revokedIn } from '../../../roles/pki/lib/crl.ts';
import { readIssued } from '../../../roles/pki/lib/ledger.ts';
import pkiRevoked from '../../../roles/pki/modules/pki_revoked.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';

const WISH: Wish = { commonName: 'cilium', dnsSans: [], ipSans: [], usage: ['client'], days: 365 };
const DAY = 24 * 3600 * 1000;
const said = (...words: string[]): string => {
  const { stdout, stderr } = spawnSync('openssl', words, { encoding: 'utf8' });
  return stdout + stderr;
};

async function setting() {
  const [folder, host] = [temporaryFolder(), temporaryFolder()];
  const ca = join(folder, 'etcd');
  await keepCa(ca, 'etcd');
  const key = join(host, 'key');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  const request = execFileSync('openssl', ['req', '-new', ...curve, '-subj', '/CN=x'], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const given = { folder, ca: 'etcd', path: join(host, 'ca.crl'), mode: '0644' };
  const signFor = (name: string, days = 365): Promise<string> => sign(ca, name, request, { ...WISH, days });
  /** What openssl says of a certificate, by the CA and the list on the host. */
  const judged = (pem: string): string => {
    const path = join(host, 'judged.pem');
    writeFileSync(path, pem);
    const files = ['-CAfile', join(ca, 'ca.pem'), '-CRLfile', given.path];
    return said('verify', '-x509_strict', '-crl_check', ...files, path);
  };
  return { folder, host, ca, given, signFor, judged };
}

describe('pki_revoked', () => {
  it('lays a list that the CA has signed, with nothing in it, and then leaves it alone', async () => {
    const { ca, given, host, signFor, judged } = await setting();
    const { changes } = await settles(pkiRevoked, given);
    expect(changes).toEqual([{ key: 'list', before: null, after: 'what the CA etcd revoked' }]);
    const told = said(
      'crl',
      '-inform',
      'DER',
      '-in',
      given.path,
      '-noout',
      '-text',
      '-verify',
      '-CAfile',
      join(ca, 'ca.pem'),
    );
    expect(told).toContain('verify OK');
    expect(told).toContain('Version 2 (0x1)');
    expect(told).toContain('No Revoked Certificates.');
    expect(judged(await signFor('vm1'))).toContain(': OK');
    expect(readdirSync(host).filter((name) => name.startsWith('ca.'))).toEqual(['ca.crl']);
  });

  it('revokes all that a host has, nothing of another’s, and for ever', async () => {
    const { ca, given, signFor, judged } = await setting();
    const [first, second, other] = [await signFor('vm1'), await signFor('vm1'), await signFor('vm2')];
    await settles(pkiRevoked, given);
    const { changes } = await settles(pkiRevoked, { ...given, hosts: ['vm1'] });
    const serials = [first, second].map((pem) => new X509Certificate(pem).serialNumber);
    expect(changes.map(({ key, before, after }) => [key, before, after]).sort()).toEqual(
      serials.map((serial) => [`certificate ${serial}`, 'of vm1', 'revoked']).sort(),
    );
    expect((await runModule(pkiRevoked, given)).changed).toBe(false);
    expect([judged(first), judged(second)]).toEqual(Array(2).fill(expect.stringContaining('certificate revoked')));
    expect([judged(other), judged(await signFor('vm1'))]).toEqual(Array(2).fill(expect.stringContaining(': OK')));
    expect(statSync(join(ca, 'revoked')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(ca, 'revoked')).sort()).toEqual(serials.map((serial) => `${serial}.json`).sort());
    for (const name of readdirSync(join(ca, 'revoked')))
      expect(statSync(join(ca, 'revoked', name)).mode & 0o777).toBe(0o600);
  });

  it('gives each member the same, whichever came first', async () => {
    const { host, given, signFor, judged } = await setting();
    const pem = await signFor('vm1');
    const both = ['first.crl', 'second.crl'].map((name) => ({ ...given, path: join(host, name), hosts: ['vm1'] }));
    await Promise.all(both.map((one) => runModule(pkiRevoked, one)));
    for (const one of both) {
      expect((await runModule(pkiRevoked, one)).changed).toBe(false);
      cpSync(one.path, given.path);
      expect(judged(pem)).toContain('certificate revoked');
    }
  });

  it('changes nothing in check mode, on the host or in the notes', async () => {
    const { ca, given, signFor } = await setting();
    await signFor('vm1');
    const { changes } = await runModule(pkiRevoked, { ...given, hosts: ['vm1'] }, { check: true });
    expect(changes.map(({ key }) => key.split(' ')[0])).toEqual(['certificate', 'list']);
    expect([existsSync(given.path), existsSync(join(ca, 'revoked'))]).toEqual([false, false]);
  });

  it('learns from a list that the CA has signed what its notes, from a backup, do not have', async () => {
    const { folder, ca, given, signFor, judged } = await setting();
    await signFor('vm1');
    cpSync(ca, join(folder, 'backup'), { recursive: true });
    const later = await signFor('vm1');
    await settles(pkiRevoked, { ...given, hosts: ['vm1'] });
    rmSync(ca, { recursive: true });
    cpSync(join(folder, 'backup'), ca, { recursive: true });
    const { changes } = await settles(pkiRevoked, given);
    expect(changes.map(({ before }) => before)).toEqual(Array(2).fill('unknown to the controller'));
    await signFor('vm1');
    rmSync(given.path);
    await settles(pkiRevoked, given);
    expect(judged(later)).toContain('certificate revoked');
  });

  it('replaces a list that is broken, or of another CA, and takes nothing from it', async () => {
    const { folder, ca, given, signFor } = await setting();
    await signFor('vm1');
    await settles(pkiRevoked, { ...given, hosts: ['vm1'] });
    const [list, key] = [readFileSync(given.path), createPublicKey(readFileSync(join(ca, 'ca.pem')))];
    expect(revokedIn(list, key)?.size).toBe(1);
    for (let length = 0; length < list.length; length++)
      expect(revokedIn(list.subarray(0, length), key), `of ${length} bytes`).toBeUndefined();
    // Within what is signed.
    list[100] = (list[100] ?? 0) ^ 1;
    writeFileSync(given.path, list);
    const another = { key: 'list', before: 'another', after: 'what the CA etcd revoked' };
    expect((await settles(pkiRevoked, given)).changes).toEqual([another]);
    rmSync(join(folder, 'etcd'), { recursive: true });
    expect((await settles(pkiRevoked, given)).changes).toEqual([another]);
    expect(existsSync(join(ca, 'revoked'))).toBe(false);
  });

  it('tells of which hosts nothing was ever noted', async () => {
    const { given, signFor } = await setting();
    await signFor('vm1');
    expect((await runModule(pkiRevoked, { ...given, hosts: ['vm1', 'vm2'] })).returns).toEqual({ unknown: ['vm2'] });
  });

  it('refuses a host that would be judge of itself', async () => {
    const { given } = await setting();
    expect(formatProblem(await problemOf(pkiRevoked, { ...given, hosts: ['here'] }))).toBe(
      [
        'here is revoked, and is to say whose certificates are',
        '  why:  it would refuse itself what it has of the CA etcd',
        '  mend: take it out of the group that this play is for, or out of what is revoked',
      ].join('\n'),
    );
  });
});

describe('what a CA gave to a host', () => {
  it('is noted by each controller, when several sign at once', async () => {
    const { ca, signFor } = await setting();
    const signed = await Promise.all(['vm1', 'vm1', 'vm2', 'vm1'].map((name) => signFor(name)));
    const serials = signed.map((pem) => new X509Certificate(pem).serialNumber);
    expect((await readIssued(ca, 'vm1'))?.sort()).toEqual([serials[0], serials[1], serials[3]].sort());
    expect(await readIssued(ca, 'vm2')).toEqual([serials[2]]);
    expect(readdirSync(join(ca, 'issued/vm1')).sort()).toEqual(
      [serials[0], serials[1], serials[3]].map((serial) => `${serial}.json`).sort(),
    );
    expect(statSync(join(ca, 'issued/vm1')).mode & 0o777).toBe(0o700);
    expect(statSync(join(ca, `issued/vm2/${serials[2]}.json`)).mode & 0o777).toBe(0o600);
  });

  it('is forgotten when it has ended and there is something newer', async () => {
    const { ca, signFor } = await setting();
    await signFor('vm1', 1);
    const lasting = new X509Certificate(await signFor('vm1', 300)).serialNumber;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY });
    expect(await readIssued(ca, 'vm1')).toEqual([lasting]);
    expect(readdirSync(join(ca, 'issued/vm1'))).toHaveLength(2);
    const last = new X509Certificate(await signFor('vm1')).serialNumber;
    expect(readdirSync(join(ca, 'issued/vm1')).sort()).toEqual([lasting, last].map((one) => `${one}.json`).sort());
    vi.useRealTimers();
  });
});
