import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ended, eventually, LAB, onHost, play, type Said } from '../../support/lab.ts';
import { onMesh } from '../../support/onlab.ts';
import { stanzasOfLab } from '../../support/stanzas.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-nginx-'));
/** The stanza of docs/mesh.md, with a lifetime that a test can wait for. */
const WEB = {
  ...{ name: 'web', host: 'vm2', user: 'web', unit: 'web-certificates.service', sidecar: 'none', ttl: '1m' },
  ...{ listen: 9443, protocol: 'http', allow_from: [{ service: 'service1' }] },
};
const SERVED = JSON.stringify({
  mesh_services: [...stanzasOfLab(), WEB],
  mesh_program_roles: ['example', 'example-nginx'],
});
const call = async (service: string): Promise<string> =>
  (await onHost('vm1', `ip netns exec mesh-${service} curl -s -m 3 http://web.mesh.internal/; echo " $?"`)).out;
const out = async (command: string): Promise<string> => (await onHost('vm2', command)).out.trim();
const nginx = (): Promise<string> => out('systemctl show -p MainPID --value web');
const shown = (): Promise<string> =>
  out(
    'echo | ip netns exec mesh-web openssl s_client -connect 127.0.0.1:9443 2>/dev/null | openssl x509 -noout -serial',
  );
const site = (...words: string[]): Promise<Said> => play('site', ...words);

/** Calls until another certificate is shown; answers what the calls were answered. */
async function renewal(): Promise<string[]> {
  const [before, answers] = [await shown(), [] as string[]];
  await eventually(
    async () => {
      answers.push(await call('service1'));
      return shown();
    },
    (serial) => serial !== '' && serial !== before,
    90,
  );
  return [...answers, await call('service1')];
}

onMesh('nginx with certificates that spiffe-helper keeps', () => {
  let pid: string;
  /** Begun early, since half a lifetime is a while; other tests go on meanwhile. */
  let renewed: Promise<string[]>;

  beforeAll(async () => {
    // The lab's hosts reach no registry.
    execFileSync('apt-get', ['download', '-q', 'nginx', 'nginx-common'], { cwd: folder, stdio: 'pipe' });
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(LAB, 'vm2/root/root', name));
    expect(ended(await onHost('vm2', 'DEBIAN_FRONTEND=noninteractive dpkg -i /root/nginx*.deb'))).toBe('as it should');
    expect(ended(await site('-e', SERVED))).toBe('as it should');
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    expect(ended(await site())).toBe('as it should');
    const away =
      'systemctl disable -q web web-certificates; rm -rf /etc/systemd/system/web*.service* /etc/web /root/nginx*';
    await onHost(
      'vm2',
      `${away} && DEBIAN_FRONTEND=noninteractive dpkg -P nginx nginx-common && systemctl daemon-reload`,
    );
  });

  it('answers whom its stanza lets call, as a second run leaves it', async () => {
    expect(await call('service1')).toBe('nginx of web to service1\n 0\n');
    pid = await nginx();
    expect(ended(await site('-e', SERVED))).toBe('as it should');
    expect(await nginx()).toBe(pid);
    renewed = renewal();
    renewed.catch(() => 'told by the test that awaits it');
  });

  it('is proved as other services are: no certificate, a wrong one and another service’s are refused', async () => {
    const said = await play('verify', '-e', SERVED, '-e', `verify_report=${folder}/report`);
    expect(ended(said)).toBe('as it should');
    const report = JSON.parse(readFileSync(join(folder, 'report/report.json'), 'utf8')) as Record<string, string>[];
    const own = report.filter(({ to, by }) => to === 'web@vm2' && by === 'its own TLS');
    expect(own.map(({ tried }) => tried).sort()).toEqual([
      'SVID of another trust domain',
      'SVID of service2',
      'expired SVID',
      'no certificate',
      'plaintext',
      'self-signed with the right SPIFFE ID',
    ]);
  });

  it('shows a new certificate before the old one ends, without a restart or a call lost', async () => {
    expect([...new Set(await renewed)]).toEqual(['nginx of web to service1\n 0\n']);
    expect(await nginx()).toBe(pid);
  });

  it('is started again when it dies, and with what keeps its certificates', async () => {
    for (const unit of ['web', 'web-certificates']) {
      const before = await nginx();
      await onHost('vm2', `systemctl kill -s KILL ${unit}`);
      await eventually(
        async () => [await nginx(), await call('service1')],
        ([pid, answer]) => pid !== before && answer === 'nginx of web to service1\n 0\n',
      );
    }
  });
});
