import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';

const run = promisify(execFile);

/** What a certificate is to say, beside its key. */
export interface Content {
  /** Of openssl's `-subj`. */
  subject: string;
  /** Lines of openssl's x509v3_config(5). */
  extensions: readonly string[];
  from: Date;
  to: Date;
}

/** Paths of a CA's certificate and key. */
export interface Issuer {
  certificate: string;
  key: string;
}

/** Who signs: a CA, or the key the request was made with. */
export type Signer = Issuer | { ownKey: string };

const byIssuer = ({ certificate, key }: Issuer): string[] => ['-cert', certificate, '-keyfile', key];

/** Nothing of a request is taken over but its key: the subject is given, extensions are not copied. */
const CONFIGURATION = (work: string): string => `[ca]
default_ca = one
[one]
database = ${work}/index
serial = ${work}/serial
crlnumber = ${work}/serial
new_certs_dir = ${work}
default_md = sha256
policy = names
unique_subject = no
copy_extensions = none
crl_extensions = list
[names]
organizationName = optional
commonName = supplied
[list]
authorityKeyIdentifier = keyid
`;

/** Signs a request in PEM; the request must be signed by its own key. `openssl ca` alone lets the beginning be set. */
export async function issue(request: string, signer: Signer, { subject, extensions, from, to }: Content) {
  const files = {
    request,
    extensions: `${extensions.join('\n')}\n`,
    index: '',
    serial: `00${randomBytes(16).toString('hex')}\n`,
  };
  return inFolder(files, async (at) => {
    const by = 'ownKey' in signer ? ['-selfsign', '-keyfile', signer.ownKey] : byIssuer(signer);
    const words = ['ca', '-config', at('configuration'), '-batch', '-notext', '-in', at('request')];
    const content = ['-subj', subject, '-extfile', at('extensions'), '-startdate', time(from), '-enddate', time(to)];
    await openssl([...words, ...by, ...content, '-out', at('certificate')]);
    return readFile(at('certificate'), 'utf8');
  });
}

/**
 * Signs a list of serials that are revoked, and since when (RFC 5280, 5), as DER; its number is the time, for each must be
 * above the one before. `openssl ca` reads what is revoked from its database, by tabs: state, end, revocation, serial, file,
 * subject. The end does not get into the list, and years have two digits (until 2049, as UTCTime has them).
 */
export async function issueList(revoked: ReadonlyMap<string, Date>, issuer: Issuer, days: number): Promise<Buffer> {
  const lines = [...revoked].map(([serial, since]) => {
    const moment = time(since).slice(2);
    return `R\t${moment}\t${moment}\t${serial}\tunknown\t/CN=x\n`;
  });
  return inFolder({ index: lines.join(''), serial: numberOf(Date.now()) }, async (at) => {
    const words = ['ca', '-gencrl', '-config', at('configuration'), ...byIssuer(issuer), '-crldays', String(days)];
    const pem = await openssl(words);
    return Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64');
  });
}

/** In hex, of an even number of digits, as openssl wants it. */
const numberOf = (number: number): string => `${number.toString(16).padStart(16, '0')}\n`;

/** Does something in a folder of its own that has the configuration and other files, and is gone afterwards. */
async function inFolder<T>(
  files: Record<string, string>,
  act: (at: (name: string) => string) => Promise<T>,
): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-sign-'));
  const at = (name: string): string => join(work, name);
  try {
    for (const [name, text] of Object.entries({ ...files, configuration: CONFIGURATION(work) }))
      await writeFile(at(name), text);
    return await act(at);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A moment as GeneralizedTime (RFC 5280, 4.1.2.5.2). */
const time = (moment: Date): string => `${moment.toISOString().replace(/\.\d+|\D/g, '')}Z`;

/** Runs the controller's openssl. Keys are given by their paths, so that none is among the words. */
export async function openssl(words: readonly string[], input = ''): Promise<string> {
  const running = run('openssl', words);
  // It may end before it has read all; what it then says is the error that counts.
  running.child.stdin?.on('error', () => undefined).end(input);
  const { stdout } = await running.catch((thrown: { code?: string; stderr?: string }) => {
    const missing = thrown.code === 'ENOENT';
    throw new Problem({
      code: 'openssl-failed',
      what: missing ? 'the controller has no "openssl", which signs certificates' : `openssl ${words[0]} failed`,
      details: missing ? [] : (thrown.stderr ?? '').trim().split('\n').slice(-5),
      mend: missing ? 'install it on the controller' : undefined,
      cause: thrown,
    });
  });
  return stdout;
}
