import { X509Certificate } from 'node:crypto';
import {
  ATTRIBUTES,
  type Attributes,
  attributesIn,
  type Change,
  type Content,
  defineModule,
  Problem,
  planAttributes,
  type Reader,
  type Stat,
  type Writer,
} from 'mesh-play';
import { CA, type Ca, caOf, signList } from '../lib/ca.ts';
import { revokedIn } from '../lib/crl.ts';
import { readIssued, readRevoked, revoke } from '../lib/ledger.ts';

interface Args extends Ca, Attributes {
  hosts: string[];
  path: string;
}

interface State {
  stat: Stat | undefined;
  /** Serials of the list on the host; undefined where it has none that the CA signed. */
  listed: ReadonlySet<string> | undefined;
  /** Serials that the controller has noted as taken back. */
  noted: ReadonlySet<string>;
  /** Serials of what each revoked host has; undefined where nothing was noted of it. */
  issued: ReadonlyMap<string, readonly string[] | undefined>;
}

interface Ready {
  args: Args;
  caFolder: string;
  /** Undefined in check mode before the CA was made. */
  caPem: string | undefined;
  content(list: Buffer): Content;
}

async function probe(host: Reader, { args, caFolder, caPem }: Ready): Promise<State> {
  const [list, stat, noted] = await Promise.all([
    host.readFile(args.path),
    host.stat(args.path),
    readRevoked(caFolder),
  ]);
  const key = caPem === undefined ? undefined : new X509Certificate(caPem).publicKey;
  const listed = list === undefined || key === undefined ? undefined : revokedIn(list, key);
  const issued = args.hosts.map(async (name) => [name, await readIssued(caFolder, name)] as const);
  return { stat, listed, noted: new Set(noted.keys()), issued: new Map(await Promise.all(issued)) };
}

/**
 * Serials that are still to be noted, and whose they are. What a list of the CA's says that the controller does not know was
 * taken back after the backup that its notes are from.
 */
const dueOf = ({ listed = new Set(), noted, issued }: State): [string, string][] => {
  const due = new Map([...listed].map((serial) => [serial, 'unknown to the controller']));
  for (const [host, serials = []] of issued) for (const serial of serials) due.set(serial, `of ${host}`);
  return [...due].filter(([serial]) => !noted.has(serial));
};

function plan(state: State, { args }: Ready): Change[] {
  const { stat, listed, noted } = state;
  const changes: Change[] = dueOf(state).map(([serial, before]) => ({
    key: `certificate ${serial}`,
    before,
    after: 'revoked',
  }));
  if (listed === undefined)
    changes.push({
      key: 'list',
      before: stat === undefined ? null : 'another',
      after: `what the CA ${args.ca} revoked`,
    });
  else if ([...noted].some((serial) => !listed.has(serial)))
    changes.push({ key: 'list', before: `${listed.size} certificates`, after: `${noted.size} certificates` });
  return [...changes, ...(stat === undefined ? [] : planAttributes(stat, attributesIn(args)))];
}

async function apply(host: Writer, { args, caFolder, content }: Ready, state: State): Promise<void> {
  for (const [serial] of dueOf(state)) await revoke(caFolder, serial);
  await host.write(args.path, content(await signList(caFolder)), attributesIn(args));
}

/** Keeps a host's list of what one of the controller's CAs has revoked. */
export default defineModule<Args, State, Ready>({
  name: 'pki_revoked',
  description:
    'Takes back, for ever, what a CA of the controller gave to hosts, and keeps on a host the list (CRL, in DER) of all that it took back.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'ca', 'path'],
    properties: {
      ...CA,
      hosts: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Hosts whose certificates of this CA are revoked, by their names in the inventory.',
      },
      path: { type: 'string', format: 'path', description: 'Where the list is on the host.' },
      ...ATTRIBUTES,
    },
  },
  examples: `- pki_revoked:
    folder: "{{ pki_folder }}"
    ca: etcd
    hosts: "{{ groups['revoked'] }}"
    path: /etc/etcd/pki/ca.crl
    mode: '0644'
`,
  prepare: async (controller, args) => {
    if (args.hosts.includes(controller.host))
      throw new Problem({
        code: 'judge-revoked',
        what: `${controller.host} is revoked, and is to say whose certificates are`,
        why: `it would refuse itself what it has of the CA ${args.ca}`,
        mend: 'take it out of the group that this play is for, or out of what is revoked',
      });
    return { args, ...(await caOf(args, controller)), content: (list) => controller.text(list) };
  },
  probe,
  plan,
  apply: (host, _changes, ready, _controller, state) => apply(host, ready, state),
  returns: ({ issued }) => ({
    unknown: [...issued].flatMap(([host, serials]) => (serials === undefined ? [host] : [])),
  }),
});
