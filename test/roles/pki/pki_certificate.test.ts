import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepCa, sign, type Wish } from '../../../roles/pki/lib/ca.ts';
import { caRemark, whyRenew } from '../../../roles/pki/lib/judge.ts';
import { readIssued, readRevoked, revoke } from '../../../roles/pki/lib/ledger.ts';
import pkiCertificate from '../../../roles/pki/modules/pki_certificate.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const DAY = 24 * 3600 * 1000;
/** What `setting` asks for. */
const WISH: Wish = {
  commonName: 'vm1',
  dnsSans: ['vm1'],
  ipSans: ['192.0.2.1'],
  usage: ['server', 'client'],
  days: 365,
};
const openssl = (...words: string[]): string =>
  execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function setting() {
  const [folder, host] = [temporaryFolder(), temporaryFolder()];
  const given = {
    folder,
    ca: 'etcd',
    common_name: 'vm1',
    dns_sans: ['vm1'],
    ip_sans: ['192.0.2.1'],
    path: join(host, 'server.pem'),
    key_path: join(host, 'server.key'),
    ca_path: join(host, 'ca.pem'),
  };
  return { folder, host, given };
}

describe('pki_certificate', () => {
  it('makes CA, key and certificate, and then leaves them alone', async () => {
    const { folder, given } = setting();
    await settles(pkiCertificate, given);
    const certificate = new X509Certificate(readFileSync(given.path));
    const ca = new X509Certificate(readFileSync(join(folder, 'etcd/ca.pem')));
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=vm1');
    expect(certificate.subjectAltName).toBe('DNS:vm1, IP Address:192.0.2.1');
    expect(certificate.ca).toBe(false);
    expect(statSync(given.key_path).mode & 0o777).toBe(0o640);
    expect(statSync(join(folder, 'etcd/ca.key')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'etcd')).mode & 0o777).toBe(0o700);
  });

  it('makes nothing in check mode, where there is no CA yet', async () => {
    const { folder, host, given } = setting();
    const { changes } = await runModule(pkiCertificate, given, { check: true });
    expect(changes.map(({ key, before, after }) => [key, before, after])).toEqual([
      ['ca', null, 'etcd'],
      ['certificate', 'absent', 'vm1, signed by the CA etcd'],
    ]);
    expect([...readdirSync(folder), ...readdirSync(host)]).toEqual([]);
  });

  it('makes a certificate anew for other names, another key or another CA', async () => {
    const { folder, given } = setting();
    await settles(pkiCertificate, given);
    const reason = async (more: Record<string, string[]> = {}): Promise<unknown> =>
      (await settles(pkiCertificate, { ...given, ...more })).changes.find(({ key }) => key === 'certificate')?.before;
    expect(await reason({ dns_sans: ['vm1', 'other'] })).toBe('its alternative names are others');
    expect(await reason({ usage: ['client'] })).toBe('its alternative names are others');
    expect(await reason({ usage: ['server'] })).toBe('its usage is another');
    writeFileSync(given.key_path, 'no key');
    expect(await reason({ usage: ['server'] })).toBe('its key is not there, or another');
    rmSync(join(folder, 'etcd'), { recursive: true });
    expect(await reason({ usage: ['server'] })).toBe('another CA signed it');
  });

  it('renews in the last third of a certificate’s life', async () => {
    const { folder, given } = setting();
    await settles(pkiCertificate, given);
    const judge = (now: number) =>
      whyRenew(readFileSync(given.path, 'utf8'), readFileSync(join(folder, 'etcd/ca.pem'), 'utf8'), WISH, now);
    expect(judge(Date.now() + 240 * DAY)).toBeUndefined();
    expect(judge(Date.now() + 250 * DAY)).toMatch(/^it ends on \d{4}-\d\d-\d\d$/);
  });

  it('keeps the owner and the permissions of a key', async () => {
    const { given } = setting();
    await settles(pkiCertificate, { ...given, mode: '0600' });
    expect(statSync(given.key_path).mode & 0o777).toBe(0o600);
    chmodSync(given.key_path, 0o644);
    const { changes } = await settles(pkiCertificate, { ...given, mode: '0600' });
    expect(changes).toEqual([{ key: 'key_path mode', before: '0644', after: '0600' }]);
  });

  it('knows an IPv6 address in whatever form it is given', async () => {
    const { given } = setting();
    await settles(pkiCertificate, { ...given, ip_sans: ['2001:db8:0::1', '192.0.2.1'] });
    expect((await runModule(pkiCertificate, { ...given, ip_sans: ['192.0.2.1', '2001:DB8::1'] })).changed).toBe(false);
  });

  it('takes key and certificate away, and leaves the CA’s', async () => {
    const { host, given } = setting();
    await settles(pkiCertificate, given);
    const { changes } = await settles(pkiCertificate, { ...given, state: 'absent' });
    expect(changes.map(({ key }) => key)).toEqual(['path', 'key_path']);
    expect(readdirSync(host)).toEqual(['ca.pem']);
  });

  it('makes one anew that the CA has not noted for this host, and notes the one before: it is good until it ends', async () => {
    const { folder, given } = setting();
    const [ca, serial] = [join(folder, 'etcd'), () => new X509Certificate(readFileSync(given.path)).serialNumber];
    const reason = async (): Promise<unknown> => (await settles(pkiCertificate, given)).changes[0]?.before;
    await settles(pkiCertificate, given);
    const first = serial();
    // As mesh-play was before it kept notes.
    rmSync(join(ca, 'issued'), { recursive: true });
    expect(await reason()).toBe('the CA has not noted that it gave it to this host');
    expect((await readIssued(ca, 'here'))?.sort()).toEqual([first, serial()].sort());
    // Signed by the CA, with the names of this host and for its key: what is noted is that another one has it.
    const request = openssl('req', '-new', '-key', given.key_path, '-subj', '/CN=request');
    writeFileSync(given.path, await sign(ca, 'vm2', request, WISH));
    expect(await reason()).toBe('the CA has not noted that it gave it to this host');
    // Names of another host: it is not taken for this one's, whoever shows it.
    writeFileSync(given.path, await sign(ca, 'vm2', request, { ...WISH, commonName: 'vm2' }));
    expect(await reason()).toBe('its common name is another');
    expect(await readIssued(ca, 'here')).toHaveLength(5);
  });

  it('makes one anew that was revoked', async () => {
    const { folder, given } = setting();
    const [ca, serial] = [join(folder, 'etcd'), () => new X509Certificate(readFileSync(given.path)).serialNumber];
    await settles(pkiCertificate, given);
    const first = serial();
    await revoke(ca, first);
    const { changes } = await settles(pkiCertificate, given);
    expect(changes).toEqual([{ key: 'certificate', before: 'it was revoked', after: 'vm1, signed by the CA etcd' }]);
    expect(serial()).not.toBe(first);
    expect([...(await readRevoked(ca)).keys()]).toEqual([first]);
  });

  it('refuses names that would say more than a name, and no usage at all', async () => {
    const { given } = setting();
    const refused = async (more: Record<string, string[]>) =>
      (await problemOf(pkiCertificate, { ...given, ...more })).what;
    expect(await refused({ dns_sans: ['vm1,IP:192.0.2.9'] })).toContain('dns_sans');
    expect(await refused({ ip_sans: ['192.0.2.9\nbasicConstraints = CA:TRUE'] })).toContain('ip_sans');
    expect(await refused({ usage: [] })).toBe('pki_certificate needs a "usage"');
  });
});

describe('a CA', () => {
  it('is made once, when several hosts and several controllers ask at once', async () => {
    const folder = join(temporaryFolder(), 'etcd');
    const second = '../../../roles/pki/lib/ca.ts?controller=2';
    const other = (await import(second)) as typeof import('../../../roles/pki/lib/ca.ts');
    expect(other.keepCa).not.toBe(keepCa);
    const asked = await Promise.all([keepCa, keepCa, other.keepCa, other.keepCa].map((keep) => keep(folder, 'etcd')));
    expect(new Set(asked).size).toBe(1);
    expect(readdirSync(join(folder, '..'))).toEqual(['etcd']);
    expect(new X509Certificate(asked[0] ?? '').subject).toBe('O=mesh-play\nCN=etcd CA');
  });

  it('is not made inside a repository', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.git'));
    const problem = await thrownBy(keepCa(join(folder, 'deep/etcd'), 'etcd'));
    expect([problem.what, problem.why, problem.mend]).toEqual([
      `the CA at ${folder}/deep/etcd would be inside the git repository ${folder}`,
      'whoever has its key can sign for the mesh',
      'set pki_folder to a folder outside any repository',
    ]);
    expect(readdirSync(folder)).toEqual(['.git']);
  });

  it('takes nothing from a request but its key', async () => {
    const { folder, host } = setting();
    await keepCa(join(folder, 'etcd'), 'etcd');
    const key = join(host, 'key');
    execFileSync('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', key]);
    const more = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'subjectAltName=DNS:vm2'];
    const request = openssl('req', '-new', '-key', key, '-subj', '/O=x/CN=vm2', ...more);
    const signed = new X509Certificate(await sign(join(folder, 'etcd'), 'vm1', request, WISH));
    expect([signed.subject, signed.subjectAltName, signed.ca]).toEqual([
      'CN=vm1',
      'DNS:vm1, IP Address:192.0.2.1',
      false,
    ]);
    expect(Date.parse(signed.validFrom)).toBeLessThan(Date.now() - 9 * 60 * 1000);
  });

  it('signs no key of another kind', async () => {
    const { folder, host } = setting();
    await keepCa(join(folder, 'etcd'), 'etcd');
    const words = ['-newkey', 'rsa:1024', '-nodes', '-keyout', join(host, 'key'), '-subj', '/CN=vm1'];
    const problem = await thrownBy(sign(join(folder, 'etcd'), 'vm1', openssl('req', '-new', ...words), WISH));
    expect(problem.what).toBe('the host asks for a certificate for a key of kind rsa');
  });

  it('tells when it nears its end, and how it is renewed with all it signed', async () => {
    const { folder, given } = setting();
    await settles(pkiCertificate, given);
    const own = join(folder, 'etcd');
    const before = readFileSync(join(own, 'ca.pem'), 'utf8');
    const told = (days: number) => caRemark('etcd', own, before, Date.now() + days * DAY);
    expect(told(0)).toBeUndefined();
    const renew = `openssl x509 -in ${own}/ca.pem -signkey ${own}/ca.key -days 3650 -out ${own}/ca.next && mv ${own}/ca.next ${own}/ca.pem`;
    expect(told(3600)).toBe(
      `the CA etcd ends in 49 days, and all it signed with it; renew it, and run the playbook again: ${renew}`,
    );
    expect(() => told(3651)).toThrow(/^the CA etcd ended on \d{4}-\d\d-\d\d, and all it signed with it$/);
    execFileSync('sh', ['-c', renew], { stdio: 'ignore' });
    const { changes } = await settles(pkiCertificate, given);
    expect(changes).toEqual([{ key: 'ca', before: 'another', after: 'etcd' }]);
    expect(readFileSync(given.ca_path, 'utf8')).not.toBe(before);
    expect(openssl('verify', '-x509_strict', '-CAfile', given.ca_path, given.path)).toBe(`${given.path}: OK\n`);
  });

  it('signs nothing that would outlive it', async () => {
    const { folder, given } = setting();
    await settles(pkiCertificate, { ...given, days: 9000 });
    const ends = (path: string) => Date.parse(new X509Certificate(readFileSync(path)).validTo);
    expect(ends(given.path)).toBe(ends(join(folder, 'etcd/ca.pem')));
  });
});
