import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, type Seen } from '../../../roles/verify/lib/judge.ts';
import type { Probe } from '../../../roles/verify/lib/probe.ts';
import { temporaryFolder } from '../../support/module.ts';
import { CERTIFICATE, NAMES, probe, SITE } from './site.ts';
import { fakeProgram, triedHere } from './tried.ts';

const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');

/** What Debian's PostgreSQL 15.18 answered to logins, byte by byte; of what it says of itself at a login, the first two. */
const READY =
  'R\0\0\0\x08\0\0\0\0S\0\0\0\x16application_name\0\0S\0\0\0\x19client_encoding\0UTF8\0K\0\0\0\x0c\0\0L\rêõ\x81Z\0\0\0\x05I';
const NOBODY =
  'E\0\0\0gSFATAL\0VFATAL\0C28000\0Mcertificate authentication failed for user "shop"\0Fauth.c\0L334\0Rauth_failed\0\0';
const NO_ROLE =
  'R\0\0\0\x08\0\0\0\0E\0\0\0^SFATAL\0VFATAL\0C28000\0Mrole "other" does not exist\0Fmiscinit.c\0L735\0RInitializeSessionUserId\0\0';
const PASSWORD =
  'R\0\0\0*\0\0\0\nSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0E\0\0\0|SFATAL\0VFATAL\0C08P01\0Mexpected SASL response, got message type 88\0Fauth-sasl.c\0L100\0RCheckSASLAuth\0\0';

/** And PgBouncer 1.18, with auth_type cert, to a certificate of another user's, to one without TLS, and of another database. */
const POOLER = {
  stranger: 'E\0\0\x006SFATAL\0C08P01\0Mcertificate authentication failed\0\0',
  plaintext: 'E\0\0\0!SFATAL\0C08P01\0MSSL required\0\0',
  database: 'E\0\0\0/SFATAL\0C08P01\0Mno such database: service9\0\0',
};

/** What s_client 3.0 says of PostgreSQL: before version 17, and from then on, to who does not ask for TLS; and once TLS stands. */
const DIRECT = {
  15: 'CONNECTED(00000003)\nunexpected eof while reading\nSSL handshake has read 0 bytes\nVerify return code: 0 (ok)\n',
  18: 'CONNECTED(00000003)\nSSL handshake has read 1296 bytes\nVerify return code: 0 (ok)\nclosed\n',
};
const STOOD = `CONNECTED(00000003)\n${CERTIFICATE}\nVerify return code: 0 (ok)\n---\n`;

interface Server {
  /** What is answered to the question for TLS; null: the connection is ended. */
  question: string | null;
  plainly?: string;
  direct: string;
  /** What comes of each conversation by TLS, in order; the status is 1 where nothing is answered. */
  byTls?: string[];
}

/** What `try` makes of a server, and what s_client was given to say; every answer but to the question for TLS by s_client's words. */
async function tried(kind: 'tls' | 'http', logins: string, { question, plainly = '', direct, byTls = [] }: Server) {
  const folder = temporaryFolder();
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.once('data', (said) => {
      if (said.equals(SSL_REQUEST)) asked.push('TLS?');
      if (said.equals(SSL_REQUEST) && question !== null) socket.write(question, 'latin1');
      else socket.end(said.includes('user\0') ? plainly : '', 'latin1');
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(folder, 'direct'), direct, 'latin1');
  for (const [index, said] of byTls.entries()) writeFileSync(join(folder, `said${index + 1}`), said, 'latin1');
  fakeProgram(
    folder,
    'openssl',
    `case "$*" in
*-starttls*postgres*)
  echo x >>${folder}/calls
  n=$(wc -l <${folder}/calls)
  dd bs=512 count=1 status=none >>${folder}/sent
  cat ${folder}/said$n
  ! [ $(wc -c <${folder}/said$n) = ${STOOD.length} ];;
*) cat ${folder}/direct; grep -q closed ${folder}/direct;;
esac
`,
  );
  writeFileSync(join(folder, 'sent'), '');
  const words =
    kind === 'tls'
      ? ['127.0.0.1', port, 'stock.mesh.internal', '-', '-', logins]
      : [`http://127.0.0.1:${port}/`, 'GET', logins];
  const { v001 } = await triedHere(folder, { v001: [kind, ...words] });
  server.close();
  const text = v001?.text ?? '';
  return { text, asked, sent: readFileSync(join(folder, 'sent'), 'latin1') };
}

const target = probe('no certificate', 'shop@vm1', 'stock@vm2');
const own = 'spiffe://mesh.internal/stock';
const act = { kind: 'tls' as const, address: '10.200.3.11', port: 5432, name: 'stock', identity: null, ask: '' };
const right: Probe = { ...target, act, expect: { allowed: true, own, by: 'its own TLS' } };
const wrong: Probe = { ...right, expect: { allowed: false, by: 'its own TLS' } };
const plain: Probe = {
  ...{ ...wrong, id: 'plain', twin: 'twin' },
  act: { kind: 'http', url: 'http://10.200.3.11:5432/', method: 'GET', through: null },
};
const judgedOf = (one: Probe, text: string, twin = '') => {
  const seen: Seen = { outcomes: {}, drops: [], accesses: [], unlabelled: {} };
  seen.outcomes = { [one.id]: { status: 0, text }, twin: { status: 0, text: twin } };
  return judge(one, seen, SITE);
};
const judged = (one: Probe, text: string, twin = '') => {
  const { verdict, by, happened } = judgedOf(one, text, twin);
  return [verdict, by, happened];
};

describe('PostgreSQL without a sidecar', () => {
  it.each([15, 18] as const)(
    '%i is asked for TLS as it wants to be, and its first answer to a login is read',
    async (version) => {
      const { text, sent } = await tried('tls', 'shop/orders', {
        ...{ question: 'S', direct: DIRECT[version], byTls: [`${STOOD}${READY}closed\n`] },
      });
      expect(sent).toBe('\0\0\0#\0\x03\0\0user\0shop\0database\0orders\0\0X\0\0\0\x04');
      expect(text.split('\n')).toEqual([
        'postgres: asked for TLS it says S',
        'postgres by TLS as shop/orders',
        'ended 0',
        'CONNECTED(00000003)',
        NAMES,
        'Verify return code: 0 (ok)',
        'authentication 00',
        'ready',
      ]);
      expect(judged(right, text)).toEqual(['allowed', null, 'logged in']);
      expect(judged(wrong, text)).toEqual(['allowed', null, 'logged in']);
    },
  );

  it('refuses a certificate only where each login with it is refused', async () => {
    const { text } = await tried('tls', 'shop/shop,other/shop', {
      ...{ question: 'S', direct: DIRECT[15], byTls: [STOOD + NOBODY, STOOD + NO_ROLE] },
    });
    expect(text).toContain('error 28000 certificate authentication failed for user "shop"\n');
    const second = 'authentication 00\nerror 28000 role "other" does not exist';
    expect(text).toContain(second);
    expect(judged(wrong, text)).toEqual(['refused', 'its own TLS', 'answered 28000']);
    expect(judgedOf(right, text)).toMatchObject({
      ...{ verdict: 'refused', by: 'its own TLS', happened: 'answered 28000' },
      evidence: expect.stringContaining('user "shop"; if it logs in by another user or to another database, say so in'),
    });
    expect(judged(wrong, text.replace(second, 'authentication 00\nready'))).toEqual(['allowed', null, 'logged in']);
  });

  it('is heard as well where PgBouncer stands before it, which has no other code for what it refuses', async () => {
    const read = async (said: string): Promise<string> =>
      (await tried('tls', 'shop/shop', { question: 'S', direct: DIRECT[15], byTls: [STOOD + said] })).text;
    const stranger = await read(POOLER.stranger);
    expect(stranger).toMatch(/^error 08P01 certificate authentication failed$/m);
    expect(judged(wrong, stranger)).toEqual(['refused', 'its own TLS', 'answered 08P01']);
    expect(judged(wrong, await read(POOLER.database))).toEqual(['unclear', null, 'answered 08P01']);
    const answers = { question: 'S', plainly: POOLER.plaintext, direct: '' };
    const plaintext = await tried('http', 'shop/shop', answers);
    expect(judged(plain, plaintext.text, 'postgres: asked for TLS it says S\n')).toEqual([
      'refused',
      'its own TLS',
      'answered 08P01',
    ]);
  });

  it('proves nothing without TLS', () => {
    expect(judged(wrong, 'postgres: asked for TLS it says N\npostgres by TLS as shop/shop\nended 1\n')).toEqual([
      'unclear',
      null,
      'PostgreSQL without TLS',
    ]);
  });

  it('lets one in who shows a certificate and is then asked for a password', async () => {
    const { text } = await tried('tls', 'shop/shop', { question: 'S', direct: DIRECT[15], byTls: [STOOD + PASSWORD] });
    expect(text).toContain('authentication 0a\nerror 08P01 expected SASL response, got message type 88');
    expect(judged(right, text)).toEqual(['allowed', null, 'asked for a password']);
    expect(judged(wrong, text)).toEqual(['allowed', null, 'asked for a password']);
  });

  it('is asked again when the alert of a refusal was lost, and nothing is made of three such', async () => {
    const alert =
      'SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../ssl/record/rec_layer_s3.c:1601:SSL alert number 48\n';
    const login = (...byTls: string[]) => tried('tls', 'shop/shop', { question: 'S', direct: DIRECT[15], byTls });
    const { text } = await login(STOOD, STOOD + alert);
    expect(judged(wrong, text)).toEqual(['refused', 'its own TLS', 'alert: unknown ca']);
    expect(judged(wrong, (await login(STOOD, STOOD, STOOD)).text)).toEqual(['unclear', null, 'connected, no answer']);
  });

  it('answers a login without TLS, which alone tells whether it refuses one', async () => {
    const twin = 'postgres: asked for TLS it says S\n';
    const { text } = await tried('http', 'shop/shop', { question: 'S', plainly: NOBODY, direct: '' });
    expect(text).toMatch(/^postgres: .*\npostgres plainly as shop\/shop\nerror 28000 .*\ncurl: /);
    expect(judged(plain, text, twin)).toEqual(['refused', 'its own TLS', 'answered 28000']);
    const answered = (said: string) => judged(plain, text.replace(/^error.*$/m, said), twin);
    expect(answered('authentication 00\nready')).toEqual(['allowed', null, 'logged in']);
    expect(answered('authentication 05')).toEqual(['allowed', null, 'asked for a password']);
    expect(answered('')).toEqual(['unclear', null, 'no answer']);
  });

  it('is not proved to refuse plaintext where it was not asked for a login', async () => {
    const { text } = await tried('http', 'shop/shop', { question: null, direct: '' });
    expect(judged(plain, text, 'postgres: asked for TLS it says S\n')).toEqual([
      'unclear',
      null,
      'connected, then closed: no login was tried',
    ]);
    expect(judged(plain, text)).toEqual(['refused', 'its own TLS', 'connected, then closed']);
  });

  it.each([
    ['more than a byte, as MySQL’s greeting that begins with its length', 'S\0\0\0\n8.0.36\0'],
    ['nothing', null],
  ])('is not taken for what answers the question for TLS with %s', async (_what, question) => {
    const { text, asked } = await tried('tls', 'shop/shop', { question, direct: DIRECT[15] });
    expect(asked).toEqual(['TLS?', 'TLS?', 'TLS?']);
    expect(text).not.toContain('postgres');
    expect(judged(wrong, text)).toEqual(['unclear', null, 'connected, no answer']);
  });

  it('is not looked for where TLS answered', async () => {
    const alert = `${STOOD}alert certificate required\n`;
    expect((await tried('tls', 'shop/shop', { question: 'S', direct: alert })).asked).toEqual([]);
  });

  it.each([
    [
      'its database is not there, which is looked for last',
      'authentication 00\nerror 3D000 database "shop" does not exist',
      'allowed',
      'logged in',
    ],
    ['it is starting', 'error 57P03 the database system is starting up', 'unclear', 'answered 57P03'],
    ['it said nothing more', 'authentication 00', 'unclear', 'no answer'],
  ])('is judged by what it said when %s', (_why, said, verdict, happened) => {
    const stood = `ended 0\n    URI:${own}\nCONNECTED(00000003)\nVerify return code: 0 (ok)\n`;
    const text = `postgres: asked for TLS it says S\npostgres by TLS as shop/shop\n${stood}${said}\n`;
    expect(judged(right, text).toSpliced(1, 1)).toEqual([verdict, happened]);
    expect(judged(wrong, text.replace(`    URI:${own}\n`, ''))).toEqual(['unclear', null, 'connected, no answer']);
  });
});
