import { type Change, type Content, defineModule, type Mapping, Problem, type Reader, type Writer } from 'mesh-play';
import { ownerOf, policyFile } from '../lib/policy.ts';
import { faultsOf } from '../lib/rule.ts';

interface Args {
  name?: string;
  spec?: Mapping;
  policies?: { name: string; spec: Mapping }[];
  owner: string;
  prune: boolean;
  state: 'present' | 'absent';
  folder: string;
}

/** Text of each policy file, by the policy's name. */
type State = Record<string, string>;

interface Ready {
  args: Args;
  wanted: State;
  /** Names to take away. */
  unwanted: string[];
  text(text: string): Content;
}

/** Names and texts, each text as one line. $1 folder. */
const READ = `cd "$1" 2>/dev/null || exit 0
for file in *.yaml; do [ -f "$file" ] && printf '%s\\n' "\${file%.yaml}" && tr -d '\\n' <"$file" && echo; done; :`;

async function probe(host: Reader, { args }: Ready): Promise<State> {
  const { stdout } = await host.script(READ, [args.folder]);
  const lines = stdout.split('\n');
  const state: State = {};
  for (let i = 0; i + 1 < lines.length; i += 2) state[lines[i] as string] = lines[i + 1] as string;
  return state;
}

/** What goes, goes first: traffic is refused before anything else is allowed. */
function plan(state: State, { args, wanted, unwanted }: Ready): Change[] {
  const gone = Object.keys(state).filter((name) => {
    if (name in wanted) return false;
    return unwanted.includes(name) || (args.prune && ownerOf(state[name] as string) === args.owner);
  });
  const written = Object.entries(wanted).filter(([name, text]) => state[name] !== text.trimEnd());
  return [
    ...gone.sort().map((name) => ({ key: name, before: shown(state[name]), after: null })),
    ...written.map(([name, text]) => ({ key: name, before: shown(state[name]), after: shown(text) })),
  ];
}

const shown = (text: string | undefined): Mapping | string | null => {
  if (text === undefined) return null;
  return ownerOf(text) === undefined ? text : (JSON.parse(text) as { spec: Mapping }).spec;
};

/**
 * Waits until the agent has taken all in, and answers what it refused. It says in its log what it leaves out; what it took
 * has a label with the file's name. $1 folder, $2 revision before, $3 since when, then +NAME or -NAME.
 */
const TAKEN = `folder=$1 revision=$2 since=$3; shift 3
i=0
while [ $i -lt 50 ]; do
  i=$((i + 1))
  answer=$(curl -sS --max-time 5 --unix-socket /run/cilium/cilium.sock http://localhost/v1/policy 2>&1) || { [ $i -lt 50 ] && sleep 0.2 && continue; }
  now=$(printf %s "$answer" | sed -n 's/.*"revision":\\([0-9]*\\).*/\\1/p')
  refused=$(journalctl -u cilium --since "@$since" -o cat --no-pager | grep 'level=error' | grep -F "file-path=$folder/" | tail -n 3)
  [ -z "$refused" ] || { printf '%s\\n' "$refused"; exit 1; }
  open=; for one; do
    case $one in
    +*) case $answer in *"\${one#+}.yaml"*) ;; *) open=$one ;; esac ;;
    -*) case $answer in *'"'"\${one#-}.yaml"*|*'\\"'"\${one#-}.yaml"*) open=$one ;; esac ;;
    esac
  done
  [ -z "$open" ] && [ "\${now:-0}" -gt "$revision" ] && exit 0
  sleep 0.1
done
echo "the agent has not taken in \${open:-what was written}: $(printf %s "$answer" | tail -c 200)"
journalctl -u cilium -n 5 -o cat --no-pager
exit 1`;

/** Revision of the agent's rules and the time, when it runs; nothing when it does not. */
const NOW = `systemctl -q is-active cilium || exit 0
curl -sS --max-time 5 --unix-socket /run/cilium/cilium.sock http://localhost/v1/policy | sed -n 's/.*"revision":\\([0-9]*\\).*/\\1/p'; date +%s`;

async function apply(host: Writer, changes: readonly Change[], ready: Ready, state: State): Promise<void> {
  const { args, wanted } = ready;
  const [revision, since] = (await host.query(['sh', '-c', NOW])).stdout.trim().split('\n');
  await put(host, ready, Object.fromEntries(changes.map(({ key }) => [key, wanted[key]])));
  // Without an agent nothing enforces anything yet: it reads the folder when it starts.
  if (revision === undefined || since === undefined) return;
  const signs = changes.map(({ key, after }) => (after === null ? `-${key}` : `+${key}`));
  const { status, stdout } = await host.query(['sh', '-c', TAKEN, 'sh', args.folder, revision, since, ...signs], {
    ok: [0, 1],
  });
  if (status === 0) return;
  await put(host, ready, Object.fromEntries(changes.map(({ key }) => [key, state[key]])));
  throw new Problem({
    code: 'policy-refused',
    what: `the Cilium agent on ${host.host} did not take ${changes.map(({ key }) => key).join(', ')}`,
    why: 'the policies that were there before are back',
    details: stdout.trim().split('\n'),
  });
}

/** Puts policies as they should be; those without a text go first. */
async function put(host: Writer, { args, text }: Ready, texts: Record<string, string | undefined>): Promise<void> {
  const path = (name: string): string => `${args.folder}/${name}.yaml`;
  const gone = Object.keys(texts).filter((name) => texts[name] === undefined);
  if (gone.length > 0) await host.run(['rm', '-f', '--', ...gone.map(path)]);
  // The temporary name does not end in .yaml, so the agent sees a file only when it is whole.
  for (const [name, content] of Object.entries(texts))
    if (content !== undefined) await host.write(path(name), text(`${content.trimEnd()}\n`), { mode: '0600' });
}

/** Keeps Cilium policies in the folder an agent watches. */
export default defineModule<Args, State, Ready>({
  name: 'cilium_policy',
  description: 'Keeps Cilium policies in the folder an agent watches, and sees that the agent took them.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$', description: 'Name of the policy.' },
      spec: {
        type: 'object',
        description: 'Its spec, as of a CiliumClusterwideNetworkPolicy; SPIFFE IDs are written as they are.',
      },
      policies: { type: 'array', items: { type: 'object' }, description: 'Several at once: name and spec.' },
      owner: { type: 'string', default: 'mesh-play', description: 'Who keeps them: prune takes only its own away.' },
      prune: { type: 'boolean', default: false, description: 'Remove policies of the owner that are not given.' },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether it is there.' },
      folder: {
        type: 'string',
        format: 'path',
        default: '/etc/cilium/policies',
        description: 'What the agent watches.',
      },
    },
    requiredOneOf: [['name', 'policies']],
    mutuallyExclusive: [['name', 'policies']],
  },
  examples: `- cilium_policy:
    name: api
    spec:
      endpointSelector: {matchLabels: {"any:spiffe.io/spiffeid": spiffe://mesh.internal/api}}
      ingress:
        - fromEndpoints: [{matchLabels: {"any:spiffe.io/spiffeid": spiffe://mesh.internal/web}}]
          toPorts: [{ports: [{port: "8443", protocol: TCP}]}]
`,
  prepare: async (controller, args) => {
    const given = args.policies ?? [{ name: args.name as string, spec: args.spec ?? {} }];
    const present = args.state === 'present' ? given : [];
    refuseFaults(present);
    return {
      args,
      wanted: Object.fromEntries(present.map(({ name, spec }) => [name, policyFile(name, spec, args.owner)])),
      unwanted: args.state === 'absent' ? given.map(({ name }) => name) : [],
      text: (text) => controller.text(text),
    };
  },
  probe,
  plan,
  apply: (host, changes, ready, _controller, state) => apply(host, changes, ready, state),
});

/** A policy an agent cannot read is left out, or kills it at its next start; none is written that might be one. */
function refuseFaults(policies: readonly { name: string; spec: Mapping }[]): void {
  const faults = policies.flatMap(({ name, spec }) => faultsOf(spec).map((fault) => `${name}: ${fault}`));
  const [first, ...others] = faults;
  if (first === undefined) return;
  throw new Problem({ code: 'wrong-policy', what: first, details: others.map((fault) => `also: ${fault}`) });
}
