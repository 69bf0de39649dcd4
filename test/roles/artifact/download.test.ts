import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepCa } from '../../../roles/pki/lib/ca.ts';
import pkiCertificate from '../../../roles/pki/modules/pki_certificate.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';
import { webServer } from '../../support/web.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PROGRAM = '#!/bin/sh\necho tool\n';
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const folder = temporaryFolder();
const ARCHIVE = 'tool-1.0.tar.gz';
/** Requests that the server has had, in their order. */
const asked: string[] = [];
let archive = Buffer.alloc(0);
let address = '';
/** A server without TLS that has the archive too. */
let plain = '';

/** What is found at the addresses of the server, by the first part of their path. */
const ANSWERS: Record<string, (response: ServerResponse) => void> = {
  good: (response) => response.end(archive),
  slow: async (response) => {
    response.writeHead(200, { 'content-length': archive.length });
    for (let at = 0; at < archive.length; at += 50) {
      response.write(archive.subarray(at, at + 50));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    response.end();
  },
  cut: (response) => {
    response.writeHead(200, { 'content-length': archive.length });
    response.write(archive.subarray(0, 100), () => response.socket?.destroy());
  },
  downgrade: (response) => response.writeHead(302, { location: `${plain}/${ARCHIVE}` }).end(),
  sums: (response) => response.end(`${'1'.repeat(64)}  ${ARCHIVE}.asc\n${sha256(archive)} *dist/${ARCHIVE}\n`),
  'other-sums': (response) => response.end(`${'0'.repeat(64)}  ${ARCHIVE}\n`),
  'no-sums': (response) => response.end(`${'1'.repeat(64)}  one\n${'2'.repeat(64)}  two\n`),
  mirror: (response) => response.end(PROGRAM),
};

const server = createServer();

beforeAll(async () => {
  mkdirSync(join(folder, 'tool-1.0/bin'), { recursive: true });
  writeFileSync(join(folder, 'tool-1.0/bin/tool'), PROGRAM, { mode: 0o755 });
  execFileSync('tar', ['-czf', join(folder, ARCHIVE), '-C', folder, 'tool-1.0']);
  archive = readFileSync(join(folder, ARCHIVE));
  plain = await webServer((_request, response) => response.end(archive));
  const place = (name: string) => join(folder, name);
  const files = { path: place('web.pem'), key_path: place('web.key'), ca_path: place('ca.pem') };
  await runModule(pkiCertificate, { folder, ca: 'web', common_name: 'web', ip_sans: ['127.0.0.1'], ...files });
  server.setSecureContext({ key: readFileSync(files.key_path), cert: readFileSync(files.path) });
  server.on('request', (request, response) => {
    asked.push(request.url ?? '');
    const answer = ANSWERS[request.url?.split('/')[1] ?? ''];
    if (answer) answer(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterAll(() => server.close());

beforeEach(() => {
  for (const name of ['cache', 'opt', 'play']) rmSync(join(folder, name), { recursive: true, force: true });
  asked.length = 0;
});

const RELEASE = (from: string, sums = 'sums') => ({
  source: 'release',
  release: {
    url: `${address}/${from}/tool-{version}.tar.gz`,
    checksum_url: `${address}/${sums}`,
    members: { tool: 'tool-{version}/bin/tool' },
  },
});
const MIRROR = (from: string, pin?: string) => ({
  source: 'mirror',
  mirror: `${address}/${from}/{version}/{program}`,
  ...(pin === undefined ? {} : { sha256: { tool: pin } }),
});

/** Runs mesh-play with one task of `artifact`, as a process of its own: only such a one can be told to trust a CA. */
function play(args: object, trust = true): Promise<{ status: number; out: string }> {
  const task = {
    product: 'tool',
    version: '1.0',
    programs: ['tool'],
    arch: 'x86_64',
    dest: join(folder, 'opt'),
    ...args,
  };
  const role = join(folder, 'play/roles/tool');
  for (const name of ['tasks', 'meta']) mkdirSync(join(role, name), { recursive: true });
  writeFileSync(join(role, 'tasks/main.yml'), JSON.stringify([{ artifact: task }]));
  writeFileSync(join(role, 'meta/main.yml'), 'dependencies: [artifact]\n');
  writeFileSync(join(folder, 'play/site.yml'), '- {hosts: all, gather_facts: false, roles: [tool]}\n');
  const environment = {
    ...process.env,
    NO_COLOR: '1',
    XDG_CACHE_HOME: join(folder, 'cache'),
    ANSIBLE_ROLES_PATH: join(ROOT, 'roles'),
    ...(trust ? { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } : {}),
  };
  const words = [
    join(ROOT, 'bin/mesh-play.js'),
    join(folder, 'play/site.yml'),
    '-i',
    'here,',
    '-e',
    'ansible_connection=local',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        out += chunk;
      });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, out: out.replaceAll(address, 'https://web') }));
  });
}

const laid = (): string => readFileSync(join(folder, 'opt/tool/current/tool'), 'utf8');
/** Everything below a folder that is no folder itself. */
const filesIn = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [entry.name] : [],
      )
    : [];

/** What was said, after nothing was kept and nothing was laid. */
async function refused(args: object, trust = true): Promise<string> {
  const { status, out } = await play(args, trust);
  expect(status, out).toBe(2);
  expect([...filesIn(join(folder, 'cache/mesh-play/artifacts')), ...filesIn(join(folder, 'opt'))]).toEqual([]);
  return out;
}

describe('artifact, over https', { timeout: 300_000 }, () => {
  it('takes a program out of a release, once', async () => {
    const first = await play(RELEASE('good'));
    expect(first.status, first.out).toBe(0);
    expect(laid()).toBe(PROGRAM);
    expect(asked).toEqual([`/good/${ARCHIVE}`, '/sums']);
    const again = await play(RELEASE('good'));
    expect(again.out).toMatch(/here\s+: ok=1\s+changed=0/);
    expect(asked).toHaveLength(2);
  });

  it('takes one from a slow server', async () => {
    const { status, out } = await play(RELEASE('slow'));
    expect(status, out).toBe(0);
    expect(laid()).toBe(PROGRAM);
  });

  it('takes one from a mirror', async () => {
    const { status, out } = await play(MIRROR('mirror', sha256(PROGRAM)));
    expect(status, out).toBe(0);
    expect(laid()).toBe(PROGRAM);
    expect(asked).toEqual(['/mirror/1.0/tool']);
  });

  it('keeps nothing of a release with another checksum', async () => {
    const out = await refused(RELEASE('good', 'other-sums'));
    expect(out).toContain(`https://web/good/${ARCHIVE} has another sha256 than the one that is pinned`);
    expect(out).toContain(`pinned ${'0'.repeat(64)}`);
    expect(out).toContain(`found  ${sha256(archive)}`);
  });

  it('keeps nothing whose checksum is not told', async () => {
    expect(await refused(RELEASE('good', 'no-sums'))).toContain(`https://web/no-sums has no sha256 for ${ARCHIVE}`);
    expect(await refused(MIRROR('mirror'))).toContain('tool of tool 1.0 has no pinned sha256');
    const wrong = await refused(MIRROR('mirror', '0'.repeat(64)));
    expect(wrong).toContain('tool 1.0 has another sha256 than the one that is pinned');
  });

  it('tells what is not there', async () => {
    const out = await refused(RELEASE('none'));
    expect(out).toContain(`https://web/none/${ARCHIVE} cannot be fetched`);
    expect(out).toContain('why:  the server answered 404');
    expect(await refused(MIRROR('none', sha256(PROGRAM)))).toContain('https://web/none/1.0/tool cannot be fetched');
  });

  it('keeps nothing of what was cut half way', async () => {
    const out = await refused(RELEASE('cut'));
    expect(out).toContain(`https://web/cut/${ARCHIVE} cannot be fetched`);
    expect(out).toMatch(new RegExp(`why: {2}.* after 100 of ${archive.length} bytes`));
    expect(await refused(MIRROR('cut', sha256(PROGRAM)))).toContain('https://web/cut/1.0/tool cannot be fetched');
  });

  it('follows to no address without TLS', async () => {
    const without = {
      ...RELEASE('good'),
      release: { ...RELEASE('good').release, url: 'http://127.0.0.1:9/tool.tar.gz' },
    };
    expect(await refused(without)).toContain('a release is fetched by https, not from http://127.0.0.1:9/tool.tar.gz');
    expect(await refused(RELEASE('downgrade'))).toContain(
      `a release is fetched by https, not from ${plain}/${ARCHIVE}, to which https://web/downgrade/${ARCHIVE} leads`,
    );
    const sums = {
      ...RELEASE('good'),
      release: { ...RELEASE('good').release, checksum_url: 'http://127.0.0.1:9/sums' },
    };
    expect(await refused(sums)).toContain('a release is fetched by https, not from http://127.0.0.1:9/sums');
  });

  it('believes no server that a stranger signed for', async () => {
    await keepCa(join(folder, 'stranger'), 'stranger');
    const out = await refused(RELEASE('good'), false);
    expect(out).toContain(`https://web/good/${ARCHIVE} cannot be fetched`);
    expect(out).toContain('why:  unable to verify the first certificate');
    expect(asked).toEqual([]);
  });

  it('tells a member that is not in the archive', async () => {
    const release = { ...RELEASE('good').release, members: { tool: 'bin/tool' } };
    expect(await refused({ source: 'release', release })).toContain(
      `https://web/good/${ARCHIVE} has no bin/tool in it`,
    );
  });
});
