import { type Change, type Content, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { initialText, type Member, parseMembers } from '../lib/members.ts';

interface Args {
  name: string;
  members: Record<string, string>;
  data: string;
  path: string;
  program: string;
  unit: string;
}

interface State {
  /** It has data: what it was started with the first time counts no more. */
  joined: boolean;
  initial: string | undefined;
  /** Members of the cluster that the others already are; undefined when none of them answers. */
  cluster: Member[] | undefined;
}

interface Ready {
  args: Args;
  text(text: string): Content;
}

/** A member is asked at the port of clients, on the host of its peers' address. */
const clientUrl = (peerUrl: string): string => peerUrl.replace(/:\d+$/, ':2379');

const othersOf = ({ name, members }: Args): string[] =>
  Object.entries(members).flatMap(([other, url]) => (other === name ? [] : [clientUrl(url)]));

/** A command of etcdctl that the other members answer. */
const ofOthers = (args: Args, ...words: string[]) =>
  [
    [args.program, '--command-timeout=3s', ...words],
    { environment: { ETCDCTL_ENDPOINTS: othersOf(args).join(',') } },
  ] as const;

/** A cluster takes changes of its members only when all have been in touch for five seconds (etcd, HealthInterval). */
const PATIENT = `i=0
until said=$("$@" 2>&1); do
  i=$((i + 1))
  case $said in *'unhealthy cluster'*) [ $i -lt 60 ] ;; *) false ;; esac || { printf '%s\\n' "$said" >&2; exit 1; }
  sleep 0.5
done`;

async function probe(host: Reader, { args }: Ready): Promise<State> {
  const [data, initial] = await Promise.all([host.stat(`${args.data}/member`), host.readFile(args.path)]);
  const state = { joined: data !== undefined, initial: initial?.toString('utf8') };
  if (state.joined || othersOf(args).length === 0) return { ...state, cluster: undefined };
  const [words, options] = ofOthers(args, 'member', 'list', '-w', 'simple');
  const { status, stdout } = await host.query(words, { ...options, ok: 'any' });
  return { ...state, cluster: status === 0 ? parseMembers(stdout) : undefined };
}

function plan({ joined, initial, cluster }: State, { args }: Ready): Change[] {
  if (joined && initial !== undefined) return [];
  if (cluster !== undefined) return [{ key: 'member', before: null, after: args.name }];
  const after = initialText('new', args.members);
  return initial === after ? [] : [{ key: 'initial', before: initial ?? null, after, text: true }];
}

async function apply(host: Writer, [first]: readonly Change[], { args, text }: Ready, state: State): Promise<void> {
  const { cluster = [] } = state;
  if (first?.key === 'initial') {
    await host.write(args.path, text(String(first.after)), { mode: '0644' });
    return;
  }
  const peerUrl = args.members[args.name] ?? '';
  const before = cluster.find((member) => member.peerUrl === peerUrl);
  // A member that lost its data cannot go on as the one it was: it has promised what it no longer knows.
  if (before?.known) await change(host, ofOthers(args, 'member', 'remove', before.id));
  if (!before || before.known) await change(host, ofOthers(args, 'member', 'add', args.name, `--peer-urls=${peerUrl}`));
  await host.write(args.path, text(initialText('existing', joining(args, cluster))), { mode: '0644' });
  await host.run(['systemctl', 'daemon-reload']);
  // Debian's own may run. Until this one runs as well, the cluster takes no other member.
  await host.run(['systemctl', 'restart', args.unit]);
}

const change = (host: Writer, [words, options]: ReturnType<typeof ofOthers>) => host.runScript(PATIENT, words, options);

/** The members that are in the cluster, and this one; etcd takes no list that names others. */
function joining({ name, members }: Args, cluster: readonly Member[]): Record<string, string> {
  const there = cluster.map(({ peerUrl }) => peerUrl);
  return Object.fromEntries(Object.entries(members).filter(([other, url]) => other === name || there.includes(url)));
}

/** Keeps a host a member of its etcd cluster. */
export default defineModule<Args, State, Ready>({
  name: 'etcd_member',
  description: 'Keeps a host a member of its etcd cluster: a new one, or one that others already are.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'members'],
    properties: {
      name: { type: 'string', description: 'Name of this member.', examples: ['control'] },
      members: {
        type: 'object',
        description: 'Addresses for peers by name of all members, this one too.',
        examples: [{ control: 'https://192.0.2.10:2380' }],
      },
      data: { type: 'string', default: '/var/lib/etcd/mesh', description: 'Where its data are kept.' },
      path: {
        type: 'string',
        default: '/etc/etcd/initial.env',
        description: 'What its unit reads at the first start.',
      },
      program: { type: 'string', default: '/usr/local/bin/mesh-etcdctl', description: 'etcdctl, ready to use.' },
      unit: { type: 'string', default: 'etcd.service', description: 'The unit, started when it joins others.' },
    },
  },
  examples: `- etcd_member:
    name: "{{ inventory_hostname }}"
    members: {control: "https://192.0.2.10:2380", vm1: "https://192.0.2.11:2380", vm2: "https://192.0.2.12:2380"}
  throttle: 1
`,
  prepare: async (controller, args) => {
    if (args.members[args.name] === undefined)
      throw new Problem({ code: 'wrong-argument', what: `etcd_member: "${args.name}" is not among the members` });
    return { args, text: (content) => controller.text(content) };
  },
  probe,
  plan,
  apply: (host, changes, ready, _controller, state) => apply(host, changes, ready, state),
  returns: ({ joined }) => ({ joined }),
});
