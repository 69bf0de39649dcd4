import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Problem } from 'mesh-play';

/** A repository of images: `quay.io/cilium/cilium`, or with http:// one on this machine. */
export interface Repository {
  base: string;
  name: string;
  /** What a registry that wants one handed out, by what it was asked for. */
  token?: string;
}

/** A piece of an image, by its digest. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: { os: string; architecture: string };
}

const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Larger manifests are refused by registries themselves (OCI distribution specification, 4 MiB). */
const MOST = 4 * 1024 * 1024;

export function repositoryOf(reference: string): Repository {
  const [, scheme = 'https', host = '', name = ''] =
    /^(?:(https?):\/\/)?([^/@]+)\/([a-z0-9][a-z0-9._/-]*)$/.exec(reference) ?? [];
  if (name === '')
    throw new Problem({
      code: 'wrong-argument',
      what: `"${reference}" is no repository of images`,
      mend: 'write it as quay.io/cilium/cilium, without tag and digest',
    });
  if (scheme === 'http' && !/^(?:127\.\d+\.\d+\.\d+|localhost)(?::\d+)?$/.test(host))
    throw new Problem({ code: 'wrong-argument', what: `images are fetched by https, not from "${reference}"` });
  return { base: `${scheme}://${host}`, name };
}

/** The layers of an image for an architecture, lowest first. */
export async function layersOf(repository: Repository, digest: string, arch: string): Promise<Descriptor[]> {
  const top = await manifest(repository, digest);
  if (top.layers !== undefined) return top.layers;
  const its = top.manifests?.find(({ platform }) => platform?.os === 'linux' && platform.architecture === arch);
  const inner = its && (await manifest(repository, its.digest));
  if (inner?.layers !== undefined) return inner.layers;
  throw new Problem({
    code: 'wrong-image',
    what: `the image ${repository.name}@${digest} has nothing for linux/${arch}`,
  });
}

interface Manifest {
  manifests?: Descriptor[];
  layers?: Descriptor[];
}

async function manifest(repository: Repository, digest: string): Promise<Manifest> {
  const response = await ask(repository, `manifests/${digest}`, [...INDEXES, ...MANIFESTS].join(', '));
  const body = Buffer.from(await response.arrayBuffer());
  if (body.length > MOST) throw wrong(repository, `its manifest has ${body.length} bytes`);
  const found = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  if (found !== digest) throw differs(repository, digest, found);
  return JSON.parse(body.toString('utf8')) as Manifest;
}

/** Fetches a piece into a file, which is only there afterwards when it is what its digest says. */
export async function fetchBlob(
  repository: Repository,
  { digest, size }: Descriptor,
  to: string,
  tell: (done: number) => void,
): Promise<void> {
  const response = await ask(repository, `blobs/${digest}`, '*/*');
  const hash = createHash('sha256');
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      done += chunk.length;
      tell(done);
      next(done > size ? wrong(repository, `${digest} is longer than its ${size} bytes`) : null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream), count, createWriteStream(to));
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw differs(repository, digest, found);
  } catch (thrown) {
    await rm(to, { force: true });
    throw thrown instanceof Problem ? thrown : failed(`${repository.base}: ${digest}`, thrown);
  }
}

/** Asks as the distribution specification has it: without a token first, and with one when the registry wants it. */
async function ask(repository: Repository, path: string, accept: string): Promise<Response> {
  const url = `${repository.base}/v2/${repository.name}/${path}`;
  const once = (): Promise<Response> =>
    get(url, { accept, ...(repository.token === undefined ? {} : { authorization: `Bearer ${repository.token}` }) });
  let response = await once();
  if (response.status === 401) {
    await response.body?.cancel();
    repository.token = await tokenFor(repository, response.headers.get('www-authenticate') ?? '');
    response = await once();
  }
  if (response.ok && response.body) return response;
  throw failed(url, `the registry answered ${response.status}`);
}

/** Where to get a token is said by the registry: `Bearer realm="…",service="…",scope="…"`. */
async function tokenFor({ base, name }: Repository, challenge: string): Promise<string> {
  const said = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  const realm = said['realm'];
  if (!/^Bearer /i.test(challenge) || realm === undefined || (base.startsWith('https:') && !realm.startsWith('https:')))
    throw failed(base, `the registry wants a login that is not known here: ${challenge || 'nothing said'}`);
  const url = new URL(realm);
  if (said['service'] !== undefined) url.searchParams.set('service', said['service']);
  url.searchParams.set('scope', said['scope'] ?? `repository:${name}:pull`);
  const response = await get(url.href, {});
  if (!response.ok) throw failed(url.href, `the server answered ${response.status}`);
  const { token, access_token: other } = (await response.json()) as { token?: string; access_token?: string };
  const given = token ?? other;
  if (given === undefined) throw failed(url.href, 'the server gave no token');
  return given;
}

const get = (url: string, headers: Record<string, string>): Promise<Response> =>
  fetch(url, { headers }).catch((thrown: unknown) => {
    throw failed(url, (thrown as Error).cause ?? thrown);
  });

const failed = (url: string, why: unknown): Problem =>
  new Problem({ code: 'download-failed', what: `${url} cannot be fetched`, why: String(why) });

const wrong = ({ name }: Repository, why: string): Problem =>
  new Problem({ code: 'wrong-image', what: `the image ${name} is not as it should be`, why });

const differs = ({ name }: Repository, digest: string, found: string): Problem =>
  new Problem({
    code: 'wrong-checksum',
    what: `a piece of the image ${name} has another sha256 than its digest says`,
    details: [`digest ${digest}`, `found  ${found}`],
    why: 'what was fetched is not kept',
  });
