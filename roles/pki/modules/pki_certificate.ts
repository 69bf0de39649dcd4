import { join } from 'node:path';
import { type Change, type Content, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { keepCa, readCa, sign, type Wish } from '../lib/ca.ts';
import { caRemark, whyRenew } from '../lib/judge.ts';

interface Args {
  folder: string;
  ca: string;
  common_name: string;
  dns_sans: string[];
  ip_sans: string[];
  usage: ('server' | 'client')[];
  days: number;
  path: string;
  key_path: string;
  ca_path: string;
  owner: string;
  group: string;
}

interface State {
  certificate: string | undefined;
  ca: string | undefined;
  /** The key is there and belongs to the certificate. */
  keyFits: boolean;
}

interface Ready {
  args: Args;
  wish: Wish;
  caFolder: string;
  /** Undefined in check mode before the CA was made. */
  caPem: string | undefined;
  now: number;
  text(text: string): Content;
}

/** $1 certificate, $2 key. */
const FITS = `[ "$(openssl x509 -in "$1" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$2" -pubout 2>/dev/null)" ] && [ -s "$2" ] && echo fits; :`;

/** Makes a key that never leaves the host, and prints a request. $1 key, $2 owner, $3 group, $4 common name. */
const REQUEST = `set -e
umask 077
openssl ecparam -genkey -name prime256v1 -noout -out "$1.new"
chown "$2:$3" "$1.new" && chmod 0640 "$1.new"
openssl req -new -sha256 -key "$1.new" -subj "/CN=$4"`;

async function probe(host: Reader, { args }: Ready): Promise<State> {
  const [certificate, ca, { stdout }] = await Promise.all([
    host.readFile(args.path),
    host.readFile(args.ca_path),
    host.script(FITS, [args.path, args.key_path]),
  ]);
  return { certificate: certificate?.toString('utf8'), ca: ca?.toString('utf8'), keyFits: stdout.trim() === 'fits' };
}

function plan({ certificate, ca, keyFits }: State, { args, wish, caPem, now }: Ready): Change[] {
  const changes: Change[] = [];
  const why =
    certificate === undefined
      ? 'absent'
      : keyFits
        ? whyRenew(certificate, caPem, wish, now)
        : 'its key is not there, or another';
  if (why !== undefined)
    changes.push({ key: 'certificate', before: why, after: `${wish.commonName}, signed by the CA ${args.ca}` });
  if (caPem === undefined || ca !== caPem)
    changes.push({ key: 'ca', before: ca === undefined ? null : 'another', after: args.ca });
  return changes;
}

async function apply(host: Writer, changes: readonly Change[], ready: Ready): Promise<void> {
  const { args, wish, caFolder, caPem = '', text } = ready;
  const { owner, group } = args;
  if (changes.some(({ key }) => key === 'ca'))
    await host.write(args.ca_path, text(caPem), { owner, group, mode: '0644' });
  if (!changes.some(({ key }) => key === 'certificate')) return;
  const { stdout: request } = await host.runScript(REQUEST, [args.key_path, owner, group, wish.commonName]);
  const certificate = await sign(caFolder, request, wish);
  // The key takes its place first: a program that starts in between finds a pair that does not fit and tries again.
  await host.run(['mv', '--', `${args.key_path}.new`, args.key_path]);
  await host.write(args.path, text(certificate), { owner, group, mode: '0644' });
}

/** Keeps a certificate that a CA on the controller signs, for a key that never leaves the host. */
export default defineModule<Args, State, Ready>({
  name: 'pki_certificate',
  description: 'Keeps a certificate on a host, signed by a CA of the controller, for a key that never leaves the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'ca', 'common_name', 'path', 'key_path', 'ca_path'],
    properties: {
      folder: { type: 'string', format: 'path', description: 'Where the controller keeps its CAs.' },
      ca: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', description: 'The CA; made when it is not there.' },
      common_name: { type: 'string', pattern: '^[A-Za-z0-9._-]+$', description: 'Common name of the certificate.' },
      dns_sans: { type: 'array', items: { type: 'string' }, default: [], description: 'DNS names it is for.' },
      ip_sans: { type: 'array', items: { type: 'string' }, default: [], description: 'Addresses it is for.' },
      usage: {
        type: 'array',
        items: { type: 'string', enum: ['server', 'client'] },
        default: ['server', 'client'],
        description: 'What it may be used as.',
      },
      days: { type: 'integer', minimum: 1, default: 365, description: 'Days it lives; renewed in the last third.' },
      path: { type: 'string', format: 'path', description: 'Where the certificate is on the host.' },
      key_path: { type: 'string', format: 'path', description: 'Where its key is; mode 0640.' },
      ca_path: { type: 'string', format: 'path', description: 'Where the certificate of the CA is.' },
      owner: { type: 'string', default: 'root', description: 'User that owns them.' },
      group: { type: 'string', default: 'root', description: 'Group that may read the key.' },
    },
  },
  examples: `- pki_certificate:
    folder: "{{ pki_folder }}"
    ca: etcd
    common_name: "{{ inventory_hostname }}"
    ip_sans: ["{{ mesh_address }}"]
    path: /etc/etcd/pki/server.pem
    key_path: /etc/etcd/pki/server.key
    ca_path: /etc/etcd/pki/ca.pem
    group: etcd
`,
  prepare: async (controller, args) => {
    const caFolder = join(args.folder, args.ca);
    const caPem = controller.check ? await readCa(caFolder) : await keepCa(caFolder, args.ca);
    const now = Date.now();
    const remark = caPem === undefined ? undefined : caRemark(args.ca, caPem, now);
    if (remark !== undefined) controller.warn(remark);
    const { common_name: commonName, dns_sans: dnsSans, ip_sans: ipSans, usage, days } = args;
    if (usage.length === 0) throw new Problem({ code: 'wrong-argument', what: 'pki_certificate needs a "usage"' });
    return {
      args,
      wish: { commonName, dnsSans, ipSans, usage, days },
      caFolder,
      caPem,
      now,
      text: (text) => controller.text(text),
    };
  },
  probe,
  plan,
  apply: (host, changes, ready) => apply(host, changes, ready),
});
