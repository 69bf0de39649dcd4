import { posix } from 'node:path';
import {
  ATTRIBUTES,
  type Attributes,
  applyAttributes,
  applyTree,
  attributesIn,
  type Change,
  defineModule,
  type Entry,
  holdsSomething,
  type Landed,
  land,
  makeFolders,
  newAttributes,
  Problem,
  pathInfo,
  planAttributes,
  planTree,
  putLink,
  type Reader,
  type Stat,
  type Writer,
  walk,
} from '../module.ts';

type Kind = 'file' | 'directory' | 'link' | 'hard' | 'touch' | 'absent';

interface Args extends Attributes {
  path: string;
  state?: Kind;
  src?: string;
  recurse: boolean;
  force: boolean;
  follow: boolean;
  modification_time?: string;
  access_time?: string;
}

interface Ready extends Args {
  check: boolean;
}

interface State {
  /** At the path itself. */
  at: Landed;
  /** Where the path leads when it is a link and links are followed; else the same. */
  place: Landed;
  /** `src` with `~` resolved. */
  source?: string;
  /** What `src` leads to. */
  sourceStat?: Stat | undefined;
  /** The path is a folder with something in it. */
  full: boolean;
  entries: Entry[];
}

const time = (what: string) =>
  ({
    type: 'string',
    enum: ['preserve', 'now'],
    description: `${what}: now (default with touch) or preserve.`,
  }) as const;

/** Keeps files, folders and links as they are asked for. */
export default defineModule<Args, State, Ready>({
  name: 'file',
  description: 'Keeps a file, folder or link: that it is there or not, where it leads, owner, group and mode.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: { type: 'string', format: 'path', aliases: ['dest', 'name'], description: 'The path it is about.' },
      state: {
        type: 'string',
        enum: ['file', 'directory', 'link', 'hard', 'touch', 'absent'],
        description: 'What is to be there. Default: what is there, or file (directory with recurse).',
      },
      src: { type: 'string', format: 'path', description: 'Where a link or hard link leads.' },
      recurse: { type: 'boolean', default: false, description: 'Owner, group and mode for all below a directory too.' },
      force: {
        type: 'boolean',
        default: false,
        description: 'Link to what is missing, or replace what is in the way.',
      },
      follow: { type: 'boolean', default: true, description: 'Work on what a link leads to.' },
      ...ATTRIBUTES,
      modification_time: time('When it was last written'),
      access_time: time('When it was last read'),
    },
  },
  examples: `- file:
    path: /etc/coredns/zones
    state: directory
    owner: root
    group: coredns
    mode: '0750'
- file:
    src: /opt/tool-2.1/bin/tool
    dest: /usr/local/bin/tool
    state: link
`,
  prepare: async ({ check }, args) => ({ ...args, path: bare(args.path), check }),
  probe,
  plan,
  apply: (host, changes, ready, _controller, state) => apply(host, changes, ready, state),
  returns: ({ at, place, source }, ready) => {
    const kind = kindOf(at, ready);
    const stat = kind === 'link' ? (at.stat ?? place.stat) : place.stat;
    return {
      path: kind === 'link' || kind === 'hard' ? at.path : place.path,
      ...(kind === 'link' || kind === 'hard' || kind === 'touch' ? { dest: at.path } : {}),
      ...(source === undefined ? {} : { src: source }),
      ...(stat ? pathInfo(stat) : { state: 'absent' }),
    };
  },
});

const bare = (path: string): string => (path.length > 1 ? path.replace(/(?<=.)\/+$/, '') : path);

const kindOf = ({ stat }: Landed, { state, recurse }: Args): Kind => {
  if (state) return state;
  if (stat) return stat.type === 'link' || stat.type === 'directory' ? stat.type : 'file';
  return recurse ? 'directory' : 'file';
};

async function probe(host: Reader, { path, state, src, follow, recurse }: Ready): Promise<State> {
  const into = state === 'hard' && src !== undefined ? { into: posix.basename(src) } : {};
  const base = state === 'link' && src !== undefined && !/^[/~]/.test(src) ? posix.join(posix.dirname(path), src) : src;
  const [at, place, source, led, below, entries] = await Promise.all([
    land(host, { path, ...into }),
    land(host, { path, follow: follow && state !== 'absent', ...into }),
    src?.startsWith('~') ? land(host, { path: src }).then((found) => found.path) : src,
    base === undefined ? undefined : land(host, { path: base, follow: true }),
    state === 'link' && holdsSomething(host, path),
    recurse ? walk(host, path, follow) : [],
  ]);
  const full = at.stat?.type === 'directory' && below;
  return { at, place, full, entries, sourceStat: led?.stat, ...(source === undefined ? {} : { source }) };
}

function plan(state: State, ready: Ready): Change[] {
  const kind = kindOf(state.at, ready);
  if (ready.recurse && kind !== 'directory') throw wrong('"recurse" is for state: directory');
  if (ready.src !== undefined && kind !== 'link' && kind !== 'hard') throw wrong('"src" is for state: link or hard');
  return PLANS[kind](state, ready);
}

const PLANS: Record<Kind, (state: State, ready: Ready) => Change[]> = {
  absent: ({ at: { stat } }) => (stat ? [{ key: 'state', before: stat.type, after: 'absent' }] : []),
  file: ({ place }, ready) => {
    const { stat, umask } = place;
    if (!stat && ready.check) return newAttributes(attributesIn(ready), 'file', umask);
    if (!stat) throw found(place.path, 'is not there', 'make it first, or give state: touch to make it empty');
    if (ready.state === 'file' && (stat.type === 'directory' || stat.type === 'link'))
      throw found(place.path, `is a ${stat.type}, not a file`);
    return [...planAttributes(stat, attributesIn(ready), umask), ...times(ready)];
  },
  directory: ({ at, place, entries }, ready) => {
    const { stat, path, umask } = place;
    const wanted = attributesIn(ready);
    if (!stat) return [made('absent', 'directory'), ...newAttributes(wanted, 'directory', umask)];
    if (stat.type !== 'directory') throw found(path, `is a ${stat.type}, not a directory`);
    return [...planAttributes(stat, wanted, umask), ...planTree(at.path, entries, wanted, umask), ...times(ready)];
  },
  touch: (state, ready) => {
    const { stat, umask } = state.place;
    if (!stat) {
      hasParent(state.place, ready);
      return [made('absent', 'file'), ...newAttributes(attributesIn(ready), 'file', umask)];
    }
    return [...planAttributes(stat, attributesIn(ready), umask), ...times(ready, 'now')];
  },
  link: planLink,
  hard: planHard,
};

const made = (before: string, after: string): Change => ({ key: 'state', before, after });

/** Times that are set to now: done each time, so nothing that could still differ. */
function times(ready: Ready, otherwise = 'preserve'): Change[] {
  const keys = (['modification_time', 'access_time'] as const).filter((key) => (ready[key] ?? otherwise) === 'now');
  return keys.map((key) => ({ key, before: null, after: 'now', once: true }));
}

function planLink({ at, place, source, sourceStat, full }: State, ready: Ready): Change[] {
  const { stat, path } = at;
  if (source === undefined && stat?.type !== 'link') throw wrong('"src" is needed to make a link');
  if (source !== undefined && !ready.force && !sourceStat && !ready.check)
    throw found(source, 'is not there', 'give force: true to link to what is not there yet');
  if (stat && stat.type !== 'link' && !ready.force)
    throw found(path, `is a ${stat.type}, not a link`, 'give force: true to replace it');
  if (full) throw found(path, 'is a directory with something in it, which no link replaces');
  hasParent(at, ready);
  const links = source !== undefined && stat?.target !== source;
  const changes: Change[] = links
    ? [{ key: 'link', before: stat?.target ?? stat?.type ?? null, after: source ?? null }]
    : [];
  const { mode: _mode, ...own } = attributesIn(ready);
  if (!ready.follow) {
    const kept = stat?.type === 'link' && !links;
    return [...changes, ...(kept ? planAttributes(stat, own) : newAttributes(own, 'file', at.umask))];
  }
  const led = source === undefined ? place.stat : sourceStat;
  return led ? [...changes, ...planAttributes(led, attributesIn(ready), at.umask)] : changes;
}

function planHard({ at, source, sourceStat }: State, ready: Ready): Change[] {
  const { stat, path } = at;
  if (source === undefined && (stat?.links ?? 0) < 2) throw wrong('"src" is needed to make a hard link');
  if (source !== undefined && !sourceStat && !ready.check) throw found(source, 'is not there');
  hasParent(at, ready);
  const same = !sourceStat || (stat && stat.inode === sourceStat.inode && stat.device === sourceStat.device);
  if (stat && same) return planAttributes(stat, attributesIn(ready), at.umask);
  if (stat && stat.type !== 'link' && !ready.force)
    throw found(path, 'is something else already', 'give force: true to replace it');
  const before = stat?.target ?? (stat ? stat.type : null);
  const rest = sourceStat ? planAttributes(sourceStat, attributesIn(ready), at.umask) : [];
  return [{ key: 'hard', before, after: source ?? null }, ...rest];
}

async function apply(host: Writer, changes: readonly Change[], ready: Ready, state: State): Promise<void> {
  const kind = kindOf(state.at, ready);
  const { path } = kind === 'link' || kind === 'hard' ? state.at : state.place;
  const has = (key: string): boolean => changes.some((change) => change.key === key);
  const wanted = attributesIn(ready);
  if (kind === 'absent') return void (await host.run(['rm', '-rf', '--', state.at.path]));
  if (has('link') || has('hard')) await putLink(host, state.source ?? '', path, has('link'));
  if (has('state') && kind === 'directory') {
    const mode = changes.find(({ key }) => key === 'mode')?.after as string | undefined;
    await makeFolders(host, path, { owner: ready.owner, group: ready.group, mode });
  }
  if (has('state') && kind === 'touch') await host.runScript(': >>"$1"', [path]);
  const own = kind === 'link' && ready.follow ? (await land(host, { path, follow: true })).path : path;
  await applyAttributes(host, own, changes, wanted);
  if (ready.recurse) await applyTree(host, state.entries, wanted, state.place.umask);
  const now = `${has('access_time') ? 'a' : ''}${has('modification_time') ? 'm' : ''}`;
  if (now !== '') await host.run(['touch', '-c', `-${now}`, '--', path]);
}

function hasParent({ parent, path }: Landed, { check }: Ready): void {
  if (!parent && !check)
    throw found(posix.dirname(path), 'is not there', 'make the folder first, with state: directory');
}

const wrong = (what: string): Problem => new Problem({ code: 'wrong-argument', what: `file: ${what}` });

const found = (path: string, what: string, mend?: string): Problem =>
  new Problem({ code: 'wrong-state', what: `${path} ${what}`, mend });
