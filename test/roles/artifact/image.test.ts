import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import artifact from '../../../roles/artifact/modules/artifact.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';
import { webServer } from '../../support/web.ts';

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Files of a layer by path; null makes a link to nowhere, as a stand-in for what is no file. */
type Layer = Record<string, string | null>;

function archive(files: Layer): Buffer {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    if (text === null) symlinkSync('elsewhere', join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
  return execFileSync('tar', ['-czf', '-', '-C', folder, ...readdirSync(folder)]);
}

/** An image in a registry on loopback, which wants a token. `spoil` changes what it answers for a path. */
async function registry(layers: Layer[], spoil: (path: string, bytes: Buffer) => Buffer = (_path, bytes) => bytes) {
  const stored = new Map<string, Buffer>();
  const asked: string[] = [];
  const store = (bytes: Buffer): { digest: string; size: number } => {
    stored.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const json = (value: unknown) => store(Buffer.from(JSON.stringify(value)));
  const image = json({ layers: layers.map((layer) => store(archive(layer))) });
  const other = json({ layers: [] });
  const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
  const index = json({
    manifests: [
      { ...other, ...platform('riscv64') },
      { ...image, ...platform('amd64') },
    ],
  });
  const answer: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', base);
    asked.push(url.pathname);
    if (url.pathname === '/token') {
      response.end(JSON.stringify({ token: `for ${url.searchParams.get('scope')}` }));
    } else if (request.headers.authorization !== 'Bearer for repository:org/tool:pull') {
      const challenge = `Bearer realm="${base}/token",service="here",scope="repository:org/tool:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else {
      const bytes = stored.get(url.pathname.replace(/.*\//, ''));
      response.writeHead(bytes ? 200 : 404).end(bytes && spoil(url.pathname, bytes));
    }
  };
  const base = await webServer(answer);
  return { reference: `${base}/org/tool`, base, digest: index.digest, image: image.digest, asked };
}

const args = (image: { reference: string; digest?: string }, dest: string, more = {}) => ({
  product: 'tool',
  version: '1.0',
  programs: ['tool'],
  folders: ['bpf'],
  source: 'image',
  image: {
    reference: image.reference,
    ...(image.digest && { digest: image.digest }),
    members: { bpf: '/var/lib/bpf' },
  },
  arch: 'x86_64',
  dest,
  ...more,
});

const LAYERS: Layer[] = [
  { 'usr/bin/tool': 'old', 'usr/bin/sh': 'sh', 'var/lib/bpf/one.c': '1', 'var/lib/bpf/sub/two.c': '2' },
  { 'usr/bin/tool': 'new', 'var/lib/bpf/.wh.one.c': '', 'var/lib/bpf/three.c': '3' },
  { 'var/lib/bpf/sub/.wh..wh..opq': '', 'var/lib/bpf/sub/four.c': '4', 'etc/passwd': 'root' },
];

describe('artifact, from an image', () => {
  it('takes programs and folders of this architecture as all layers leave them, once', async () => {
    const dest = temporaryFolder();
    const its = await registry(LAYERS);
    expect((await runModule(artifact, args(its, dest))).remaining).toEqual([]);
    const current = join(dest, 'tool/current');
    expect(readFileSync(join(current, 'tool'), 'utf8')).toBe('new');
    const files = readdirSync(join(current, 'bpf'), { recursive: true }).map(String).sort();
    expect(files).toEqual(['.sha256', 'sub', 'sub/four.c', 'three.c']);
    const before = its.asked.length;
    expect((await runModule(artifact, args(its, dest))).changed).toBe(false);
    expect(its.asked.length).toBe(before);
  });

  it('takes the digest of one architecture’s image as well', async () => {
    const dest = temporaryFolder();
    const { reference, image } = await registry([{ 'usr/bin/tool': 'plain', 'var/lib/bpf/one.c': '1' }]);
    expect((await runModule(artifact, args({ reference, digest: image }, dest))).remaining).toEqual([]);
    expect(readFileSync(join(dest, 'tool/current/tool'), 'utf8')).toBe('plain');
  });

  it('forgets all a folder had when a later layer takes it away', async () => {
    const dest = temporaryFolder();
    const its = await registry([
      { 'usr/bin/tool': 'x', 'var/lib/bpf/one.c': '1' },
      { 'var/.wh.lib': '' },
      { 'var/lib/bpf/two.c': '2' },
    ]);
    await runModule(artifact, args(its, dest));
    expect(readdirSync(join(dest, 'tool/current/bpf')).sort()).toEqual(['.sha256', 'two.c']);
  });

  /** Layers that no other test has put into the cache: made within one second, equal ones have equal digests. */
  const unlike = (layers: Layer[]): Layer[] => [...layers, { 'etc/machine-id': randomUUID() }];

  it('refuses a layer that is not what its digest says, and a manifest too', async () => {
    const longer = await registry(unlike(LAYERS), (path, bytes) =>
      path.includes('/blobs/') ? Buffer.concat([bytes, Buffer.from('x')]) : bytes,
    );
    expect((await problemOf(artifact, args(longer, temporaryFolder()))).why).toMatch(
      /^sha256:[\da-f]{64} is longer than its \d+ bytes$/,
    );
    const other = await registry(unlike(LAYERS), (path, bytes) =>
      path.includes('/blobs/') ? Buffer.alloc(bytes.length) : bytes,
    );
    const problem = await problemOf(artifact, args(other, temporaryFolder()));
    expect(problem.what).toBe('a piece of the image org/tool has another sha256 than its digest says');
    expect(problem.why).toBe('what was fetched is not kept');
    const manifest = await registry(unlike(LAYERS), (path, bytes) =>
      path.includes('/manifests/') ? Buffer.from('{}') : bytes,
    );
    expect((await problemOf(artifact, args(manifest, temporaryFolder()))).details).toEqual([
      `digest ${manifest.digest}`,
      `found  ${digestOf(Buffer.from('{}'))}`,
    ]);
  });

  it('says what an image lacks: the architecture, a file, a folder', async () => {
    const its = await registry([{ 'usr/bin/tool': null, 'var/lib/bpf/one.c': '1' }]);
    const message = async (more: object): Promise<string> =>
      (await problemOf(artifact, args(its, temporaryFolder(), more))).what;
    expect(await message({ arch: 'aarch64' })).toBe(`the image org/tool@${its.digest} has nothing for linux/arm64`);
    expect(await message({})).toBe('the image of tool 1.0 has no file at /usr/bin/tool');
    expect(await message({ programs: [], folders: ['more'] })).toBe(
      'the image of tool 1.0 has no folder at /usr/bin/more',
    );
  });

  it('takes no image without a digest, by a tag, by http from elsewhere, or that is not there', async () => {
    const message = async (reference: string, digest?: string): Promise<string> =>
      (await problemOf(artifact, args({ reference, ...(digest ? { digest } : {}) }, temporaryFolder()))).what;
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await message('quay.io/org/tool')).toBe(
      'tool 1.0 is taken from the image quay.io/org/tool, and its digest is not pinned',
    );
    expect(await message('quay.io/org/tool:1.0', digest)).toBe('"quay.io/org/tool:1.0" is no repository of images');
    expect(await message('http://192.0.2.1/tool', digest)).toBe(
      'images are fetched by https, not from "http://192.0.2.1/tool"',
    );
    const { reference, base } = await registry(LAYERS);
    const problem = await problemOf(artifact, args({ reference, digest }, temporaryFolder()));
    expect(problem.what).toBe(`${base}/v2/org/tool/manifests/${digest} cannot be fetched`);
    expect(problem.why).toBe('the registry answered 404');
  });
});
