import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Controller, Problem, type Property } from 'mesh-play';
import { readRevoked, remember } from './ledger.ts';
import { issue, issueList, openssl } from './openssl.ts';

export const DAY = 24 * 3600 * 1000;
/** Days a CA lives; its certificates end with it at the latest. */
const CA_DAYS = 3650;
/** A host's clock may be this much behind the controller's. */
export const LENIENCE = 10 * 60 * 1000;

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

/** Which of the controller's CAs a module is for. */
export interface Ca {
  folder: string;
  ca: string;
}

/** The part of a schema that says so. */
export const CA = {
  folder: { type: 'string', format: 'path', description: 'Where the controller keeps its CAs.' },
  ca: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', description: 'The CA; made when it is not there.' },
} as const satisfies Record<keyof Ca, Property>;

/** Where a CA is, and its certificate in PEM: undefined in check mode, which makes none, when there is none yet. */
export async function caOf({ folder, ca }: Ca, { check }: Pick<Controller, 'check'>) {
  const caFolder = join(folder, ca);
  return { caFolder, caPem: check ? await readCa(caFolder) : await keepCa(caFolder, ca) };
}

async function makeCa(folder: string, name: string): Promise<string> {
  const there = await readCa(folder);
  if (there !== undefined) return there;
  refuseRepository(folder);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  // Made aside and renamed: of two controllers that make it at once, one is first and the other uses what it made.
  const work = await mkdtemp(`${folder}.new-`);
  try {
    const key = join(work, 'ca.key');
    await openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', key]);
    await chmod(key, 0o600);
    const request = await openssl(['req', '-new', '-key', key, '-subj', '/CN=ca']);
    const content = { subject: `/O=mesh-play/CN=${name} CA`, extensions: CA_EXTENSIONS, ...lifetime(CA_DAYS) };
    await writeFile(join(work, 'ca.pem'), await issue(request, { ownKey: key }, content));
    await rename(work, folder).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return readFile(join(folder, 'ca.pem'), 'utf8');
}

const CA_EXTENSIONS = [
  'basicConstraints = critical,CA:TRUE,pathlen:0',
  'keyUsage = critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier = hash',
];

const lifetime = (days: number): { from: Date; to: Date } => ({
  from: new Date(Date.now() - LENIENCE),
  to: new Date(Date.now() + days * DAY),
});

/** A key in a repository is one push away from everybody. */
function refuseRepository(folder: string): void {
  for (let above = resolve(folder); above !== dirname(above); above = dirname(above)) {
    if (!existsSync(join(above, '.git'))) continue;
    throw new Problem({
      code: 'pki-in-repository',
      what: `the CA at ${folder} would be inside the git repository ${above}`,
      why: 'whoever has its key can sign for the mesh',
      mend: 'set pki_folder to a folder outside any repository',
    });
  }
}

/** What a host's certificate says, beside its key. */
export interface Wish {
  commonName: string;
  dnsSans: string[];
  ipSans: string[];
  usage: ('server' | 'client')[];
  days: number;
}

const signerOf = (folder: string) => ({ certificate: join(folder, 'ca.pem'), key: join(folder, 'ca.key') });

/**
 * Signs a host's request. Only its key is taken from it: names and usage are the caller's, whatever the host asks for. The
 * host has it only when it is noted, so that it can be taken back.
 */
export async function sign(folder: string, host: string, request: string, wish: Wish): Promise<string> {
  const signer = signerOf(folder);
  await checkKey(request);
  const ca = new X509Certificate(await readFile(signer.certificate));
  const { from, to } = lifetime(wish.days);
  const ends = new Date(Math.min(to.getTime(), Date.parse(ca.validTo)));
  const content = { subject: `/CN=${wish.commonName}`, extensions: extensionsOf(wish), from, to: ends };
  const signed = await issue(request, signer, content);
  await remember(folder, host, signed);
  return signed;
}

/** All that a CA has taken back, as a list in DER. It lasts as long as the CA: there is a new one when there is more to say. */
export async function signList(folder: string): Promise<Buffer> {
  const signer = signerOf(folder);
  const ends = Date.parse(new X509Certificate(await readFile(signer.certificate)).validTo);
  return issueList(await readRevoked(folder), signer, Math.max(1, Math.floor((ends - Date.now()) / DAY)));
}

/** Only the kind of key that pki_certificate makes is signed. */
async function checkKey(request: string): Promise<void> {
  const key = createPublicKey(await openssl(['req', '-noout', '-pubkey'], request));
  const found = key.asymmetricKeyDetails?.namedCurve ?? String(key.asymmetricKeyType);
  if (found === 'prime256v1') return;
  throw new Problem({ code: 'wrong-request', what: `the host asks for a certificate for a key of kind ${found}` });
}

function extensionsOf({ dnsSans, ipSans, usage }: Wish): string[] {
  const names = [...dnsSans.map((name) => `DNS:${name}`), ...ipSans.map((address) => `IP:${address}`)];
  return [
    'basicConstraints = critical,CA:FALSE',
    'keyUsage = critical,digitalSignature',
    `extendedKeyUsage = ${usage.map((one) => `${one}Auth`).join(',')}`,
    'subjectKeyIdentifier = hash',
    'authorityKeyIdentifier = keyid',
    ...(names.length > 0 ? [`subjectAltName = ${names.join(',')}`] : []),
  ];
}
