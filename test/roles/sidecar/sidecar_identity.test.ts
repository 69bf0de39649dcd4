import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import sidecarIdentity from '../../../roles/sidecar/modules/sidecar_identity.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const bin = join(folder, 'bin');
const program = (name: string, text: string): void =>
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
mkdirSync(bin);
// What a sidecar holds is in a file of its name, look by look; the last one stays.
program(
  'curl',
  `name=\${3#/run/mesh-sidecar-}; name=\${name%/admin.sock}
head -n 1 ${folder}/$name
[ "$(wc -l <${folder}/$name)" = 1 ] || sed -i 1d ${folder}/$name`,
);
program('journalctl', 'echo "the log of $3"');
program('sleep', 'exec /usr/bin/sleep 0.01');
process.env['PATH'] = `${bin}:${process.env['PATH']}`;

const certificate = (id: string): string => `{"certificates":[{"cert_chain":[{"uri": "${id}"}]}]}`;
const holds = (name: string, ...ids: string[]): void =>
  writeFileSync(join(folder, name), ids.map((id) => `${certificate(id)}\n`).join(''));
const sidecars = ['web', 'api'].map((name) => ({ name, unit: `s-${name}.service`, spiffe_id: `spiffe://td/${name}` }));

it('waits until each sidecar holds its certificate, and no other', async () => {
  holds('web', 'spiffe://td/web');
  holds('api', 'spiffe://td', 'spiffe://td/apis', 'spiffe://td/api');
  expect(await runModule(sidecarIdentity, { sidecars })).toMatchObject({ changed: false });
});

it('says which has none, and what it wrote last', async () => {
  holds('web', 'spiffe://td/web');
  holds('api', 'spiffe://td');
  const problem = await problemOf(sidecarIdentity, { sidecars, timeout: 0 });
  expect(formatProblem(problem).replace(/on \S+ SPIRE/, 'on HOST SPIRE')).toBe(
    [
      'on HOST SPIRE gives no certificate of spiffe://td/api',
      '    last log lines of s-api.service:',
      '      the log of s-api.service',
      '  why:  its entry is made on the SPIRE server, and the agent of the host hands it on',
      '  mend: where --limit left the SPIRE server out, run this with it',
    ].join('\n'),
  );
});

it('asks nothing where there is none, and in check mode', async () => {
  expect(await runModule(sidecarIdentity, { sidecars: [] })).toMatchObject({ changed: false });
  holds('api', 'spiffe://td');
  const checked = await runModule(sidecarIdentity, { sidecars, timeout: 0 }, { check: true });
  expect(checked).toMatchObject({ changed: false });
});
