import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { CERTIFICATE, NAMES } from './site.ts';
import { fakeProgram, triedHere } from './tried.ts';

/** What comes of a TLS probe when s_client does, one after another, as the lines of shell say; and what it was given to say. */
async function tried(ask: string, ...acts: string[]) {
  const folder = temporaryFolder();
  const cases = acts.map((act, index) => `${index + 1}) ${act};;`).join('\n');
  fakeProgram(
    folder,
    'openssl',
    `echo x >>${folder}/calls
cat >${folder}/sent
case $(wc -l <${folder}/calls) in
${cases}
*) exit 9;;
esac
`,
  );
  const { v001 } = await triedHere(folder, { v001: ['tls', '192.0.2.1', 8443, 'shop.mesh.internal', '-', ask] });
  return {
    text: v001?.text,
    calls: readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length,
    sent: readFileSync(join(folder, 'sent'), 'utf8'),
    left: existsSync(join(folder, 'out')),
  };
}

const ASK = 'GET / HTTP/1.1|Host: shop||';
const LOST = 'echo "CONNECTED(00000003)"; echo "write:errno=104"; exit 1';
const ALERT = 'echo "CONNECTED(00000003)"; echo "alert certificate required"; exit 1';
const ANSWER = 'echo "CONNECTED(00000003)"; echo "HTTP/1.1 200 OK"; exit 0';
const NONE = 'echo "connect:errno=111"; exit 1';
const SLOW = 'echo "CONNECTED(00000003)"; exit 124';
const SEEN = `cat <<'END'\nCONNECTED(00000003)\nServer certificate\n${CERTIFICATE}\nMaster-Key: 0123\nVerification: OK\nEND\n`;

it('tries again when the alert of a refusal was lost', async () => {
  expect(await tried(ASK, LOST, ALERT)).toMatchObject({
    text: 'ended 1\nCONNECTED(00000003)\nalert certificate required',
    calls: 2,
    left: false,
  });
});

it('gives up after three times without one, and makes nothing of it', async () => {
  expect(await tried(ASK, LOST, LOST, LOST)).toMatchObject({ text: 'ended 1\nCONNECTED(00000003)', calls: 3 });
});

it.each([
  ['an answer', ANSWER, 'ended 0\nCONNECTED(00000003)\nHTTP/1.1 200'],
  ['an alert', ALERT, 'ended 1\nCONNECTED(00000003)\nalert certificate required'],
  ['no connection', NONE, 'ended 1\nconnect:errno=111'],
])('does not try again after %s', async (_what, act, text) => {
  expect(await tried(ASK, act)).toMatchObject({ text, calls: 1 });
});

it('tells of what was seen the names of the certificate, and no secret of the session', async () => {
  expect((await tried(ASK, `${SEEN}echo x HTTP/1.1 200 OK; exit 0`)).text?.split('\n')).toEqual([
    'ended 0',
    'CONNECTED(00000003)',
    NAMES,
    'Verification: OK',
    'HTTP/1.1 200',
  ]);
});

it('says what is to be said as lines of HTTP, and nothing at all where a program’s protocol is not known', async () => {
  expect((await tried(ASK, ANSWER)).sent).toBe('GET / HTTP/1.1\r\nHost: shop\r\n\r\n');
  expect((await tried('-', `${SEEN}exit 124`)).sent).toBe('');
});

it('tries again when there was not time enough for an answer, or for the handshake where there is nothing to be answered', async () => {
  expect(await tried(ASK, `${SEEN}exit 124`, ANSWER)).toMatchObject({ calls: 2 });
  expect(await tried('-', SLOW, `${SEEN}exit 124`)).toMatchObject({ calls: 2 });
  expect(await tried('-', `${SEEN}exit 124`)).toMatchObject({ calls: 1 });
});

it('tells of each probe by itself what came of it', async () => {
  // Who only connects is gone before it is greeted.
  const server = createServer((socket) => socket.on('error', () => undefined).end('hello\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = temporaryFolder();
  fakeProgram(folder, 'dig', `printf 'status: NOERROR\\n\\n= 0\\nv001.said:no\\n'; exit 9`);
  const outcomes = await triedHere(folder, {
    v001: ['tcp', '127.0.0.1', port, '-'],
    v002: ['tcp', '127.0.0.1', port, 'greeting'],
    v003: ['tcp', '127.0.0.1', 1, '-'],
    v004: ['dns', '192.0.2.1', 'shop.mesh.internal', 'A'],
    v005: ['memory', '-'],
  });
  server.close();
  expect(outcomes).toEqual({
    v001: { status: 0, text: 'connected' },
    v002: { status: 0, text: 'connected\nhello' },
    v003: { status: 1, text: expect.stringContaining('Connection refused') },
    v004: { status: 9, text: 'status: NOERROR\n\n= 0\nv001.said:no' },
    v005: { status: expect.any(Number), text: 'opened' },
  });
});
