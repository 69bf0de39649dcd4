import type { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificatesIn, signedBy } from '../../roles/spire-authority/lib/certificate.ts';
import { ended, eventually, HOSTS, labGone, labUp, meshPlay, onHost, type Said, whyNoLab } from '../support/lab.ts';

const why = whyNoLab();
const LAB_SITE = ['-i', 'inventories/lab'];
const site = (...words: string[]): Promise<Said> => meshPlay('playbooks/site.yml', ...LAB_SITE, ...words);
const verify = (): Promise<Said> => meshPlay('playbooks/verify.yml', ...LAB_SITE);
const rotate = (...words: string[]): Promise<Said> =>
  meshPlay('playbooks/rotate.yml', ...LAB_SITE, '-e', 'spire_authority_jwt_grace=1', ...words);

const SOCKETS = '-output json -socketPath /run/spire/server/private/api.sock';
const authorities = async (): Promise<Record<'active' | 'prepared' | 'old', { authority_id: string }>> =>
  JSON.parse((await onHost('control', `/opt/spire/current/spire-server localauthority x509 show ${SOCKETS}`)).out);
const bundleSize = async (): Promise<number> =>
  JSON.parse((await onHost('control', `/opt/spire/current/spire-server bundle show ${SOCKETS}`)).out).x509_authorities
    .length;

/** The SVID and the bundle a service is given at this moment. */
async function given(host: string, user: string): Promise<{ svid: X509Certificate[]; bundle: X509Certificate[] }> {
  const fetch = `runuser -u ${user} -- /opt/spire/current/spire-agent api fetch x509 -output json -socketPath /run/spire/agent/public/api.sock`;
  const { out } = await onHost(host, `${fetch} | sed 's/"x509_svid_key": *"[^"]*"/"x509_svid_key":""/'`);
  const [svid] = JSON.parse(out).svids as { x509_svid: string; bundle: string }[];
  const chain = (text = ''): X509Certificate[] => certificatesIn(Buffer.from(text, 'base64'));
  return { svid: chain(svid?.x509_svid), bundle: chain(svid?.bundle) };
}

/** Two services that prove themselves to each other without a pause, until stopped. Answers how often it went well, and ill. */
function steady(): () => Promise<{ well: number; ill: number }> {
  const told = { well: 0, ill: 0 };
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      const [one, two] = await Promise.all([given('vm1', 'service1'), given('vm2', 'service2')]);
      const accepts = (bundle: X509Certificate[], svid: X509Certificate[]) => bundle.some((ca) => signedBy(svid, ca));
      told[accepts(one.bundle, two.svid) && accepts(two.bundle, one.svid) ? 'well' : 'ill']++;
    }
  })();
  return async () => {
    stopped = true;
    await loop;
    return told;
  };
}

describe.skipIf(why !== undefined)(
  `day two on three real hosts${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    beforeAll(async () => {
      await labGone();
      expect(ended(await labUp())).toBe('as it should');
      expect(ended(await site())).toBe('as it should');
    });

    afterAll(async () => {
      expect(ended(await labGone())).toBe('as it should');
    });

    describe('rotate.yml', () => {
      it('is not begun while an agent is down', async () => {
        await onHost('vm2', 'systemctl stop spire-agent');
        const said = await rotate();
        await onHost('vm2', 'systemctl start spire-agent');
        expect(said.status, said.out).toBe(2);
        expect((await authorities()).prepared).toBeUndefined();
        expect(await bundleSize()).toBe(1);
      });

      it('refuses a part of the hosts', async () => {
        const said = await rotate('--limit', 'control,vm1');
        expect(said.status, said.out).toBe(2);
        expect(said.out).toContain('a host that is left out would be cut off; run it without --limit');
      });

      it('goes on where it was interrupted, and at no moment does a service refuse another', async () => {
        const first = (await authorities()).active.authority_id;
        const stop = steady();
        const cut = await rotate('-e', 'spire_authority_timeout=0');
        expect(cut.status, cut.out).toBe(2);
        const prepared = (await authorities()).prepared.authority_id;
        expect(ended(await rotate())).toBe('as it should');
        const { well, ill } = await stop();
        expect(ill).toBe(0);
        expect(well).toBeGreaterThan(10);
        const after = await authorities();
        expect([after.active.authority_id, after.old.authority_id]).toEqual([prepared, first]);
        expect(await bundleSize()).toBe(1);
        expect(ended(await verify())).toBe('as it should');
        expect(ended(await site())).toBe('as it should');
      });
    });

    it('the mesh is whole again after every host rebooted at once, without a controller', async () => {
      const boots = (): Promise<string[]> =>
        Promise.all(
          HOSTS.map(async (host) => (await onHost(host, 'cat /proc/sys/kernel/random/boot_id /proc/1/stat')).out),
        );
      const before = await boots();
      await Promise.all(HOSTS.map((host) => onHost(host, 'systemctl reboot')));
      await eventually(boots, (now) =>
        now.every((boot, index) => boot !== '' && started(boot) !== started(before[index])),
      );
      await eventually(verify, ({ status }) => status === 0);
    });
  },
);

/** When the first process of a host was started: a host of the lab shares its kernel's boot with the others. */
const started = (text = ''): string | undefined => text.split('\n')[1]?.split(') ')[1]?.split(' ')[19];
