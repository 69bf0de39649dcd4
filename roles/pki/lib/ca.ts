import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';

const run = promisify(execFile);

/** Days a CA lives; its certificates live at most as long. */
const CA_DAYS = 3650;

/** CAs that are being made, so that hosts that ask together make one. */
const underWay = new Map<string, Promise<string>>();

/** The certificate of a CA in PEM, or undefined when there is none yet. */
export const readCa = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, 'ca.pem'), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });

/** The certificate of a CA in PEM; the CA is made when there is none. */
export function keepCa(folder: string, name: string): Promise<string> {
  const known = underWay.get(folder) ?? makeCa(folder, name);
  underWay.set(folder, known);
  known.catch(() => undefined).finally(() => underWay.delete(folder));
  return known;
}

async function makeCa(folder: string, name: string): Promise<string> {
  const there = await readCa(folder);
  if (there !== undefined) return there;
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  // Made aside and renamed: of two controllers that make it at once, one is first and the other uses what it made.
  const work = await mkdtemp(`${folder}.new-`);
  try {
    const [key, certificate] = [join(work, 'ca.key'), join(work, 'ca.pem')];
    await openssl(
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256'].concat(
        ['-keyout', key, '-out', certificate, '-days', String(CA_DAYS), '-subj', `/O=mesh-play/CN=${name} CA`],
        ['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ),
    );
    await chmod(key, 0o600);
    await rename(work, folder).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return readFile(join(folder, 'ca.pem'), 'utf8');
}

/** What a certificate says, beside its key. */
export interface Wish {
  commonName: string;
  dnsSans: string[];
  ipSans: string[];
  usage: ('server' | 'client')[];
  days: number;
}

/** Signs a host's request. What the request itself asks for is not taken: names and usage are the caller's. */
export async function sign(folder: string, request: string, wish: Wish): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-sign-'));
  try {
    const [csr, extensions, out] = [join(work, 'csr'), join(work, 'extensions'), join(work, 'certificate')];
    await writeFile(csr, request);
    await writeFile(extensions, extensionsOf(wish));
    const ca = ['-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key')];
    const serial = ['-set_serial', `0x${randomBytes(16).toString('hex')}`];
    await openssl(
      ['x509', '-req', '-sha256', '-in', csr, ...ca, ...serial].concat([
        '-days',
        String(wish.days),
        '-extfile',
        extensions,
        '-out',
        out,
      ]),
    );
    return await readFile(out, 'utf8');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function extensionsOf({ dnsSans, ipSans, usage }: Wish): string {
  const names = [...dnsSans.map((name) => `DNS:${name}`), ...ipSans.map((address) => `IP:${address}`)];
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    `extendedKeyUsage=${usage.map((one) => `${one}Auth`).join(',')}`,
    ...(names.length > 0 ? [`subjectAltName=${names.join(',')}`] : []),
    '',
  ].join('\n');
}

async function openssl(words: readonly string[]): Promise<void> {
  await run('openssl', words).catch((thrown: { code?: string; stderr?: string }) => {
    const missing = thrown.code === 'ENOENT';
    throw new Problem({
      code: 'openssl-failed',
      what: missing ? 'the controller has no "openssl", which signs certificates' : `openssl ${words[0]} failed`,
      details: missing ? [] : (thrown.stderr ?? '').trim().split('\n').slice(-5),
      mend: missing ? 'install it on the controller' : undefined,
      cause: thrown,
    });
  });
}
