import { join } from 'node:path';
import {
  type Change,
  type Content,
  type Controller,
  defineModule,
  Problem,
  planAttributes,
  type Reader,
  type Stat,
  type Writer,
} from 'mesh-play';
import { CA, type Ca, caOf, sign, type Wish } from '../lib/ca.ts';
import { belongs, caRemark, isSigned, serialOf, whyRenew } from '../lib/judge.ts';
import { remember, whyDisowned } from '../lib/ledger.ts';

interface Args extends Ca {
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
  mode: string;
  state: 'present' | 'absent';
}

interface State {
  certificate: string | undefined;
  ca: string | undefined;
  /** Public half of the key, in PEM; empty when there is none that can be read. */
  publicKey: string;
  /** Why its serial is not one that the CA stands by for this host. */
  disowned: string | undefined;
  stats: Record<'path' | 'key_path' | 'ca_path', Stat | undefined>;
}

interface Ready {
  args: Args;
  host: string;
  wish: Wish;
  caFolder: string;
  /** Undefined in check mode before the CA was made. */
  caPem: string | undefined;
  now: number;
  text(text: string): Content;
}

/** $1 key. */
const PUBLIC = 'openssl pkey -in "$1" -pubout 2>/dev/null || :';

/** Makes a key that never leaves the host, and prints a request. $1 key, $2 owner, $3 group, $4 mode. */
const REQUEST = `set -e
umask 077
rm -f -- "$1.new"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.new"
chown -- "$2:$3" "$1.new"
chmod -- "$4" "$1.new"
openssl req -new -sha256 -key "$1.new" -subj /CN=request`;

async function prepare(args: Args, controller: Controller): Promise<Pick<Ready, 'caFolder' | 'caPem' | 'now'>> {
  const now = Date.now();
  if (args.state === 'absent') return { caFolder: join(args.folder, args.ca), caPem: undefined, now };
  const { caFolder, caPem } = await caOf(args, controller);
  const remark = caPem === undefined ? undefined : caRemark(args.ca, caFolder, caPem, now);
  if (remark !== undefined) controller.warn(remark);
  return { caFolder, caPem, now };
}

async function probe(host: Reader, { args, host: name, caFolder }: Ready): Promise<State> {
  const [certificate, ca, { stdout: publicKey }, path, key, caPath] = await Promise.all([
    host.readFile(args.path),
    host.readFile(args.ca_path),
    host.script(PUBLIC, [args.key_path]),
    host.stat(args.path),
    host.stat(args.key_path),
    host.stat(args.ca_path),
  ]);
  const stats = { path, key_path: key, ca_path: caPath };
  const pem = certificate?.toString('utf8');
  const serial = serialOf(pem ?? '');
  const disowned = serial === undefined ? undefined : whyDisowned(caFolder, name, serial);
  return { certificate: pem, ca: ca?.toString('utf8'), publicKey, disowned, stats };
}

function plan({ certificate, ca, publicKey, disowned, stats }: State, { args, wish, caPem, now }: Ready): Change[] {
  if (args.state === 'absent')
    return (['path', 'key_path'] as const)
      .filter((key) => stats[key] !== undefined)
      .map((key) => ({ key, before: args[key], after: null }));
  const changes: Change[] = [];
  if (caPem === undefined || ca !== caPem)
    changes.push({ key: 'ca', before: ca === undefined ? null : 'another', after: args.ca });
  const why = certificate === undefined ? 'absent' : (whyRenew(certificate, caPem, wish, now) ?? disowned);
  const misfit = certificate !== undefined && !belongs(publicKey, certificate);
  const reason = why ?? (misfit ? 'its key is not there, or another' : undefined);
  if (reason !== undefined)
    changes.push({ key: 'certificate', before: reason, after: `${wish.commonName}, signed by the CA ${args.ca}` });
  for (const [key, stat] of Object.entries(stats))
    if (stat !== undefined)
      changes.push(...planAttributes(stat, attributesOf(args, key), 0, (attribute) => `${key} ${attribute}`));
  return changes;
}

/** The key is the only secret among the three. */
const attributesOf = ({ owner, group, mode }: Args, key: string) => ({
  owner,
  group,
  mode: key === 'key_path' ? mode : '0644',
});

/** $1 owner, $2 group, $3 mode of the key, $4 key, $5 and $6 the certificates. */
const ATTRIBUTES = 'chown -- "$1:$2" "$4" "$5" "$6" && chmod -- "$3" "$4" && chmod 0644 -- "$5" "$6"';

async function apply(host: Writer, changes: readonly Change[], ready: Ready, { certificate: before }: State) {
  const { args, wish, host: name, caFolder, caPem = '', text } = ready;
  const { owner, group, path, key_path: key, ca_path: ca } = args;
  if (args.state === 'absent') {
    await host.run(['rm', '-f', '--', path, key]);
    return;
  }
  const has = (key: string): boolean => changes.some((change) => change.key === key);
  if (has('ca')) await host.write(ca, text(caPem), { owner, group, mode: '0644' });
  if (has('certificate')) {
    const { stdout: request } = await host.runScript(REQUEST, [key, owner, group, args.mode]);
    // One of before there were notes stays good until it ends; noted, it can be taken back as well.
    if (before !== undefined && isSigned(before, caPem, wish)) await remember(caFolder, name, before);
    const certificate = await sign(caFolder, name, request, wish);
    // The key takes its place first: a program that starts in between finds a pair that does not fit and tries again.
    await host.run(['mv', '--', `${key}.new`, key]);
    await host.write(path, text(certificate), { owner, group, mode: '0644' });
  }
  if (changes.some((change) => change.key.includes(' ')))
    await host.runScript(ATTRIBUTES, [owner, group, args.mode, key, path, ca]);
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
      ...CA,
      common_name: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'Name of the certificate.' },
      dns_sans: {
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9*._-]+$' },
        default: [],
        description: 'DNS names it is for.',
      },
      ip_sans: {
        type: 'array',
        items: { type: 'string', pattern: '^[0-9A-Fa-f.:]+$' },
        default: [],
        description: 'Addresses it is for.',
      },
      usage: {
        type: 'array',
        items: { type: 'string', enum: ['server', 'client'] },
        default: ['server', 'client'],
        description: 'What it may be used as.',
      },
      days: { type: 'integer', minimum: 1, default: 365, description: 'Days it lives; renewed in the last third.' },
      path: { type: 'string', format: 'path', description: 'Where the certificate is on the host.' },
      key_path: { type: 'string', format: 'path', description: 'Where its key is.' },
      ca_path: { type: 'string', format: 'path', description: 'Where the certificate of the CA is.' },
      owner: { type: 'string', default: 'root', description: 'User that owns them.' },
      group: { type: 'string', default: 'root', description: 'Group that owns them.' },
      mode: { type: 'string', pattern: '^0[0-7]{3}$', default: '0640', description: 'Permissions of the key.' },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'absent: certificate and key go; the CA’s certificate stays, for others may need it.',
      },
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
    const { common_name: commonName, dns_sans: dnsSans, ip_sans: ipSans, usage, days } = args;
    if (usage.length === 0) throw new Problem({ code: 'wrong-argument', what: 'pki_certificate needs a "usage"' });
    const found = await prepare(args, controller);
    const text = (content: string): Content => controller.text(content);
    return { args, host: controller.host, wish: { commonName, dnsSans, ipSans, usage, days }, ...found, text };
  },
  probe,
  plan,
  apply: (host, changes, ready, _controller, state) => apply(host, changes, ready, state),
  returns: ({ certificate }, { caFolder }) => ({ certificate: certificate ?? null, ca_folder: caFolder }),
});
