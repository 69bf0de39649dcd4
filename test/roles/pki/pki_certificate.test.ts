import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepCa } from '../../../roles/pki/lib/ca.ts';
import { caRemark, whyRenew } from '../../../roles/pki/lib/judge.ts';
import pkiCertificate from '../../../roles/pki/modules/pki_certificate.ts';
import { runModule, settles, temporaryFolder } from '../../support/module.ts';

const DAY = 24 * 3600 * 1000;

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
      ['certificate', 'absent', 'vm1, signed by the CA etcd'],
      ['ca', null, 'etcd'],
    ]);
    expect([...readdirSync(folder), ...readdirSync(host)]).toEqual([]);
  });

  it('makes a certificate anew for other names, another key or another CA', async () => {
    const { folder, given } = setting();
    await settles(pkiCertificate, given);
    const reason = async (more: Record<string, string[]> = {}): Promise<unknown> =>
      (await settles(pkiCertificate, { ...given, ...more })).changes[0]?.before;
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
    const wish = { commonName: 'vm1', dnsSans: ['vm1'], ipSans: ['192.0.2.1'], days: 365 };
    const judge = (now: number) =>
      whyRenew(
        readFileSync(given.path, 'utf8'),
        readFileSync(join(folder, 'etcd/ca.pem'), 'utf8'),
        { ...wish, usage: ['server', 'client'] },
        now,
      );
    expect(judge(Date.now() + 240 * DAY)).toBeUndefined();
    expect(judge(Date.now() + 250 * DAY)).toMatch(/^it ends on \d{4}-\d\d-\d\d$/);
  });

  it('makes one CA when several hosts ask at once', async () => {
    const folder = join(temporaryFolder(), 'etcd');
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => keepCa(folder, 'etcd')));
    expect(two).toBe(one);
    expect(three).toBe(one);
    expect(existsSync(join(folder, 'ca.key'))).toBe(true);
  });

  it('tells when the CA itself nears its end', async () => {
    const ca = await keepCa(join(temporaryFolder(), 'etcd'), 'etcd');
    expect(caRemark('etcd', ca, Date.now())).toBeUndefined();
    expect(caRemark('etcd', ca, Date.now() + 3600 * DAY)).toMatch(
      /^the CA etcd ends in \d+ days, and all it signed with it: move its folder away, and run the playbook again$/,
    );
  });
});
