import { type Change, type Content, defineModule, Problem, type Reader, shellWords, type Writer } from 'mesh-play';
import { lastLines } from '../../artifact/lib/log.ts';

interface Args {
  name: string;
  text: string;
  drop_in?: string;
  restart_for: string[];
  ready?: string;
  user?: string;
}

interface State {
  text: string | undefined;
  enabled: boolean;
  active: boolean;
  /** It started before a file it depends on was changed. */
  stale: boolean;
  /** Whom it runs as, empty for root; undefined where there is no such unit yet. */
  user: string | undefined;
}

interface Ready {
  args: Args;
  path: string;
  content: Content;
}

/**
 * Prints its user, enabled, active and stale. $1 unit, then the files that it reads when it starts. One that died and is
 * about to be started again counts as active: whether it stays up is for unit_ready to say.
 */
const LOOK = `unit=$1; shift
[ "$(systemctl show -P LoadState "$unit")" != loaded ] || echo "user $(systemctl show -P User "$unit")"
systemctl -q is-enabled "$unit" 2>/dev/null && echo enabled
case $(systemctl show -P ActiveState "$unit") in active | activating | reloading) echo active ;; *) exit 0 ;; esac
entered=$(systemctl show -P ActiveEnterTimestamp --timestamp=us+utc "$unit")
[ -n "$entered" ] || exit 0
started=$(date -d "$entered" +%s%6N)
for file; do
  changed=$(stat -c %.6Y "$file" 2>/dev/null | tr -d .)
  [ "\${changed:-0}" -le "$started" ] || echo stale
done
:`;

async function probe(host: Reader, { args, path }: Ready): Promise<State> {
  const [text, { stdout }] = await Promise.all([
    host.readFile(path),
    host.script(LOOK, [args.name, path, ...args.restart_for]),
  ]);
  const has = (word: string): boolean => stdout.split('\n').includes(word);
  return {
    text: text?.toString('utf8'),
    enabled: has('enabled'),
    active: has('active'),
    stale: has('stale'),
    user: /^user (.*)$/m.exec(stdout)?.[1],
  };
}

function plan({ text, enabled, active, stale, user }: State, { args }: Ready): Change[] {
  if (args.user !== undefined && user !== undefined && user !== args.user) throw runsAsAnother(args, user);
  const changes: Change[] = [];
  if (text !== args.text) changes.push({ key: 'unit', before: text ?? null, after: args.text, text: true });
  if (!enabled) changes.push({ key: 'enabled', before: false, after: true });
  if (!active) changes.push({ key: 'running', before: false, after: true });
  else if (stale || changes.some(({ key }) => key === 'unit'))
    changes.push({ key: 'running', before: 'with what was there before', after: 'with what is there now' });
  return changes;
}

/** Whoever else it is, root above all, is not held to what is said of the service's user. */
const runsAsAnother = ({ name, user }: Args, found: string): Problem =>
  new Problem({
    code: 'unit-of-another-user',
    what: `${name} runs as ${found || 'root'}, and its stanza says ${user}`,
    why: 'what the mesh refuses a service stands on its user: root could enter any namespace and read any key',
    mend: `put "User=${user}" under [Service] of the unit, or name its user in the stanza`,
  });

async function apply(host: Writer, changes: readonly Change[], { args, path, content }: Ready): Promise<void> {
  const has = (wanted: string): boolean => changes.some(({ key }) => key === wanted);
  if (has('unit')) {
    await host.run(['mkdir', '-p', '--', path.slice(0, path.lastIndexOf('/'))]);
    await host.write(path, content, { owner: 'root', group: 'root', mode: '0644' });
  }
  // To enable a unit reads all units anew as well: systemctl(1).
  if (has('enabled')) await host.run(['systemctl', 'enable', '--quiet', args.name]);
  else if (has('unit')) await host.run(['systemctl', 'daemon-reload']);
  if (!has('running')) return;
  await host.run(['systemctl', 'reset-failed', args.name], { ok: 'any' });
  const started = await host.run(['systemctl', 'restart', args.name], { ok: 'any' });
  if (started.status !== 0 || !(await isReady(host, args))) throw await notStarted(host, args.name);
}

/** $1 unit, then the command that says so. A unit that fails meanwhile will not be ready. */
const WAIT = `unit=$1; shift
i=0
until "$@" >/dev/null 2>&1; do
  i=$((i + 1))
  [ $i -lt 150 ] || exit 1
  ! systemctl -q is-failed "$unit" || exit 1
  sleep 0.2
done`;

async function isReady(host: Writer, { name, ready }: Args): Promise<boolean> {
  if (ready === undefined) return (await host.query(['systemctl', 'is-failed', name], { ok: 'any' })).status !== 0;
  return (await host.script(WAIT, [name, ...shellWords(ready)], { ok: 'any' })).status === 0;
}

async function notStarted(host: Writer, name: string): Promise<Problem> {
  return new Problem({
    code: 'unit-did-not-start',
    what: `${name} did not start on ${host.host}`,
    details: await lastLines(host, name),
  });
}

/** Keeps a unit, or what is added to one, and the unit running with what is there now. */
export default defineModule<Args, State, Ready>({
  name: 'service_unit',
  description:
    'Keeps a unit, or a drop-in of one, and the unit enabled and running with what is there now: it is restarted when it started before a file it reads was changed, also when an earlier run was cut off in between.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'text'],
    properties: {
      name: { type: 'string', pattern: '\\.service$', description: 'The unit.', examples: ['service1.service'] },
      text: { type: 'string', description: 'Text of the unit, or of the drop-in.' },
      drop_in: {
        type: 'string',
        pattern: '^[a-z0-9-]+\\.conf$',
        description: 'Name of the drop-in that the text is for; the unit itself is somebody else’s.',
      },
      restart_for: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Files that it reads when it starts.',
      },
      user: {
        type: 'string',
        description: 'Whom it must run as; one that runs as another is refused. Default: anybody.',
      },
      ready: {
        type: 'string',
        description: 'A command that succeeds when it is ready. Default: that it has not failed.',
      },
    },
  },
  prepare: async (controller, args) => ({
    args,
    path: `/etc/systemd/system/${args.drop_in === undefined ? args.name : `${args.name}.d/${args.drop_in}`}`,
    content: controller.text(args.text),
  }),
  probe,
  plan,
  apply: (host, changes, ready) => apply(host, changes, ready),
});
