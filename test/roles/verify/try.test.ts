import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';

const TRY = join(import.meta.dirname, '../../../roles/verify/files/try');

/** What the script answers to a TLS probe when s_client does, one after another, as the lines of shell say. */
function tried(...acts: string[]): { text: string; calls: number } {
  const folder = temporaryFolder();
  const openssl = join(folder, 'openssl');
  const cases = acts.map((act, index) => `${index + 1}) ${act};;`).join('\n');
  writeFileSync(
    openssl,
    `#!/bin/sh
[ "$1" = s_client ] || exit 1
echo x >>${folder}/calls
case $(wc -l <${folder}/calls) in
${cases}
*) exit 9;;
esac
`,
  );
  chmodSync(openssl, 0o755);
  const probe = ['v001', '-', '-', 'tls', '192.0.2.1', '8443', 'shop.mesh.internal', '-', 'GET / HTTP/1.1||'].join(
    '\t',
  );
  const out = execFileSync('sh', [TRY, folder, '/agent.sock', 'agent'], {
    input: `${probe}\n`,
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  const [, , text = ''] = out.trim().split(' ');
  return {
    text: Buffer.from(text, 'base64').toString('utf8').trim(),
    calls: readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length,
  };
}

const LOST = 'echo "CONNECTED(00000003)"; echo "write:errno=104"; exit 1';
const ALERT = 'echo "CONNECTED(00000003)"; echo "alert certificate required"; exit 1';
const ANSWER = 'echo "CONNECTED(00000003)"; echo "HTTP/1.1 200 OK"; exit 0';
const NONE = 'echo "connect:errno=111"; exit 1';

it('tries again when the alert of a refusal was lost', () => {
  expect(tried(LOST, ALERT)).toEqual({
    text: 'ended 1\nCONNECTED(00000003)\nalert certificate required',
    calls: 2,
  });
});

it('gives up after three times without one, and makes nothing of it', () => {
  expect(tried(LOST, LOST, LOST)).toEqual({ text: 'ended 1\nCONNECTED(00000003)', calls: 3 });
});

it.each([
  ['an answer', ANSWER, 'ended 0\nCONNECTED(00000003)\nHTTP/1.1 200'],
  ['an alert', ALERT, 'ended 1\nCONNECTED(00000003)\nalert certificate required'],
  ['no connection', NONE, 'ended 1\nconnect:errno=111'],
])('does not try again after %s', (_what, act, text) => {
  expect(tried(act)).toEqual({ text, calls: 1 });
});
