import { type Change, type Content, defineModule, type Mapping, Problem, type Reader, type Writer } from 'mesh-play';
import { isEnforced, refusalOf, type Standing, standingOf, type Written } from '../lib/agent.ts';
import { arm, disarm, type Guard, guardOf, notConfirmed, tellRestored } from '../lib/guard.ts';
import { ownerOf, policyFile, specOf } from '../lib/policy.ts';
import { faultsOf, isForHosts } from '../lib/rule.ts';

interface Args {
  name?: string;
  spec?: Mapping;
  policies?: { name: string; spec?: Mapping }[];
  owner: string;
  prune: boolean;
  state: 'present' | 'absent';
  confirm?: number;
  folder: string;
}

type Texts = Record<string, string | undefined>;

interface State {
  /** Text of each policy file, by the policy's name. */
  texts: Texts;
  guard: Guard;
}

interface Ready {
  args: Args;
  wanted: Texts;
  /** Names to take away. */
  unwanted: string[];
  text(text: string): Content;
}

/** Each file's name and its text in base64. $1 folder. */
const READ = `cd "$1" 2>/dev/null || exit 0
for file in *.yaml; do [ ! -f "$file" ] || printf '%s %s\\n' "\${file%.yaml}" "$(base64 -w 0 <"$file")"; done`;

async function probe(host: Reader, { args }: Ready): Promise<State> {
  const [files, guard] = await Promise.all([host.script(READ, [args.folder]), guardOf(host)]);
  const lines = files.stdout.split('\n').filter(Boolean);
  const texts = lines.map((line) => line.split(' ')).map(([name = '', bytes = '']) => [name, decoded(bytes)] as const);
  return { texts: Object.fromEntries(texts), guard };
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** What goes, goes first: traffic is refused before anything else is allowed. */
function plan({ texts }: State, { args, wanted, unwanted }: Ready): Change[] {
  const gone = Object.keys(texts).filter((name) => {
    if (name in wanted) return false;
    return unwanted.includes(name) || (args.prune && ownerOf(texts[name] as string) === args.owner);
  });
  const written = Object.keys(wanted).filter((name) => texts[name] !== wanted[name]);
  for (const name of [...gone, ...written]) refuseForeign(name, texts[name], args);
  return [
    ...gone.sort().map((name) => ({ key: name, before: shown(texts[name]), after: null })),
    ...written.map((name) => ({ key: name, before: shown(texts[name]), after: shown(wanted[name]) })),
  ];
}

const shown = (text: string | undefined): Mapping | string | null =>
  text === undefined ? null : (specOf(text) ?? text);

function refuseForeign(name: string, text: string | undefined, { owner, folder }: Args): void {
  if (text === undefined || ownerOf(text) === owner) return;
  throw new Problem({
    code: 'policy-of-another',
    what: `the policy ${name} in ${folder} is kept by ${ownerOf(text) ?? 'somebody else than mesh-play'}, not by ${owner}`,
    mend: 'choose another name, or take the file away by hand',
  });
}

async function apply(host: Writer, changes: readonly Change[], ready: Ready, state: State): Promise<void> {
  const { args, wanted } = ready;
  const names = changes.map(({ key }) => key);
  const before = await standingOf(host);
  const guarded = names.some((name) => [state.texts[name], wanted[name]].some(isHostPolicy));
  if (guarded) await arm(host, { folder: args.folder, seconds: secondsToConfirm(args, names) });
  await put(host, ready, names, wanted);
  // Without an agent nothing enforces anything yet: it reads the folder when it starts.
  if (before === undefined) return;
  const said = await refusal(host, before, names, ready, guarded);
  // This connection too may have stood still until the host took them back.
  if (guarded && (await guardOf(host)) === 'restored') throw notConfirmed(host.host);
  if (said === undefined) return;
  const started = await putBack(host, names, ready, state.texts);
  if (guarded && state.guard !== 'armed') await disarm(host);
  throw new Problem({
    code: 'policy-refused',
    what: `the Cilium agent on ${host.host} did not take ${names.join(', ')}`,
    why: 'the policies that were there before are back',
    details: [...said, ...(started ? [] : ['the agent does not start again'])],
  });
}

/**
 * Puts back what was there, starts the agent if it died of what came, and lets it read all: one that comes to a file only
 * when the next run has taken it away dies of that. Answers whether it runs.
 */
async function putBack(host: Writer, names: readonly string[], ready: Ready, texts: Texts): Promise<boolean> {
  const before = await standingOf(host);
  await put(host, ready, names, texts);
  const { status } = await host.run(['systemctl', 'start', 'cilium'], { ok: 'any' });
  if (before !== undefined) await refusalOf(host, before, written(names, ready, texts));
  return status === 0;
}

const written = (names: readonly string[], { args }: Ready, texts: Texts): Written => ({
  folder: args.folder,
  there: names.filter((name) => texts[name] !== undefined),
  gone: names.filter((name) => texts[name] === undefined),
});

/** What the agent says against the policies. Those for hosts must be enforced too: before, a new connection proves nothing. */
async function refusal(
  host: Writer,
  before: Standing,
  names: readonly string[],
  ready: Ready,
  guarded: boolean,
): Promise<string[] | undefined> {
  const { confirm } = ready.args;
  const changed = written(names, ready, ready.wanted);
  const said = await refusalOf(host, before, changed);
  if (said !== undefined || !guarded || confirm === undefined) return said;
  if (await isEnforced(host, before, changed, confirm)) return undefined;
  return [`it does not enforce them after ${confirm} s`];
}

const isHostPolicy = (text: string | undefined): boolean => text !== undefined && isForHosts(specOf(text) ?? {});

function secondsToConfirm({ confirm }: Args, names: readonly string[]): number {
  if (confirm !== undefined) return confirm;
  throw new Problem({
    code: 'confirmation-missing',
    what: `${names.join(', ')}: policies for hosts change`,
    why: 'they can cut off SSH',
    mend: 'give "confirm", and put "meta: reset_connection" and cilium_policy_confirmed after the task',
  });
}

/** Puts policies as they should be; those without a text go first. */
async function put(host: Writer, { args, text }: Ready, names: readonly string[], texts: Texts): Promise<void> {
  const path = (name: string): string => `${args.folder}/${name}.yaml`;
  const gone = names.filter((name) => texts[name] === undefined);
  if (gone.length > 0) await host.run(['rm', '-f', '--', ...gone.map(path)]);
  // The temporary name does not end in .yaml, so the agent sees a file only when it is whole.
  for (const name of names) {
    const content = texts[name];
    if (content !== undefined) await host.write(path(name), text(content), { mode: '0600' });
  }
}

/** The agent passes over a file whose name is no DNS name (RFC 1123). */
const NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const SPEC = {
  type: 'object',
  description: 'Its spec, as of a CiliumClusterwideNetworkPolicy; SPIFFE IDs are written as they are.',
} as const;

/** Keeps Cilium policies in the folder an agent watches. */
export default defineModule<Args, State, Ready>({
  name: 'cilium_policy',
  description: 'Keeps Cilium policies in the folder an agent watches, and sees that the agent took them.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: NAME, description: 'Name of the policy.' },
      spec: SPEC,
      policies: {
        type: 'array',
        description: 'Several at once.',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: { name: { type: 'string', pattern: NAME, description: 'Name of the policy.' }, spec: SPEC },
        },
      },
      owner: { type: 'string', default: 'mesh-play', description: 'Who keeps them: prune takes only its own away.' },
      prune: { type: 'boolean', default: false, description: 'Remove policies of the owner that are not given.' },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether it is there.' },
      confirm: {
        type: 'integer',
        minimum: 5,
        description:
          'Seconds after which a host takes back a change of policies for hosts (nodeSelector), unless cilium_policy_confirmed reached it over a new connection. Without it such policies are refused, since they can cut off SSH.',
      },
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
    const all = args.policies ?? [{ name: args.name as string, spec: args.spec ?? {} }];
    const given = all.map(({ name, spec = {} }) => ({ name, spec }));
    const present = args.state === 'present' ? given : [];
    refuseFaults(present, args);
    return {
      args,
      wanted: Object.fromEntries(present.map(({ name, spec }) => [name, policyFile(name, spec, args.owner)])),
      unwanted: args.state === 'absent' ? given.map(({ name }) => name) : [],
      text: (text) => controller.text(text),
    };
  },
  probe,
  plan,
  apply: (host, changes, ready, controller, state) => {
    tellRestored(state.guard, host.host, controller);
    return apply(host, changes, ready, state);
  },
  returns: ({ guard }) => ({ awaits_confirmation: guard === 'armed' }),
});

/** A policy an agent cannot read is left out, or kills it at its next start; none is written that might be one. */
function refuseFaults(policies: readonly { name: string; spec: Mapping }[], { confirm }: Args): void {
  const names = policies.map(({ name }) => name);
  const [first, ...others] = policies.flatMap(({ name, spec }, index) => [
    ...(names.indexOf(name) === index ? [] : [`${name}: there are two policies of this name`]),
    ...faultsOf(spec).map((fault) => `${name}: ${fault}`),
    ...(confirm === undefined && isForHosts(spec)
      ? [`${name}: spec.nodeSelector: a policy for hosts can cut off SSH, so it needs "confirm"`]
      : []),
  ]);
  if (first === undefined) return;
  throw new Problem({ code: 'wrong-policy', what: first, details: others.map((fault) => `also: ${fault}`) });
}
