import {
  applyEdit,
  defineModule,
  EDIT_ARGUMENTS,
  type Edit,
  type EditArgs,
  type Edited,
  editedText,
  expandMatch,
  type Landed,
  linesOf,
  Problem,
  planEdit,
  prepareEdit,
  probeEdit,
  pyRegExp,
  type Value,
} from '../module.ts';

interface Args extends EditArgs {
  line?: string;
  regexp?: string;
  search_string?: string;
  insertafter?: string;
  insertbefore?: string;
  firstmatch: boolean;
  backrefs: boolean;
}

type Ready = Args & Edit;

/** Keeps one line of a file. */
export default defineModule<Args, Landed, Ready>({
  name: 'lineinfile',
  description: 'Keeps one line of a file as it should be, or out of it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    mutuallyExclusive: [
      ['insertbefore', 'insertafter'],
      ['regexp', 'search_string'],
      ['backrefs', 'search_string'],
    ],
    properties: {
      line: { type: 'string', aliases: ['value'], description: 'The line. Needed with state: present.' },
      regexp: {
        type: 'string',
        aliases: ['regex'],
        description: 'The last line it matches is replaced; all it matches are removed with state: absent.',
        examples: ['^PermitRootLogin'],
      },
      search_string: { type: 'string', description: 'As regexp, but plain text anywhere in the line.' },
      insertafter: {
        type: 'string',
        description: 'Where a new line goes: after the last line this expression matches, or EOF (the default).',
      },
      insertbefore: { type: 'string', description: 'Before the last line this expression matches, or BOF.' },
      firstmatch: { type: 'boolean', default: false, description: 'Use the first match of them, not the last.' },
      backrefs: {
        type: 'boolean',
        default: false,
        description: 'Fill \\1 and the like in line from regexp; without a match the file is left alone.',
      },
      ...EDIT_ARGUMENTS,
    },
  },
  examples: `- lineinfile:
    path: /etc/ssh/sshd_config
    regexp: '^#?PermitRootLogin'
    line: PermitRootLogin no
    validate: sshd -t -f %s
`,
  prepare: async ({ check }, args) => {
    checked(args);
    return { ...args, ...prepareEdit('lineinfile', args, check) };
  },
  probe: probeEdit,
  plan: (found, ready) => planEdit(found, ready, edit(ready)),
  apply: (host, changes, ready, _controller, found) => applyEdit(host, changes, ready, found, edit(ready)),
  returns: ({ path }, { suffix, state }, changes) => {
    const edited = changes.find(({ key }) => key === 'content');
    const [before, after] = edited ? [linesIn(edited.before), linesIn(edited.after)] : [0, 0];
    const done = after > before ? 'line added' : 'line replaced';
    // Of a large file only a hash is known.
    const told = !edited || edited.text === true || edited.before === null;
    const said = [
      ...(edited ? [told ? (state === 'absent' ? `${before - after} line(s) removed` : done) : 'line(s) changed'] : []),
      ...(changes.some(({ key }) => ATTRIBUTE_KEYS.includes(key))
        ? ['ownership, perms or SE linux context changed']
        : []),
    ];
    const kept = edited && edited.before !== null && suffix !== undefined ? { backup: path + suffix } : { backup: '' };
    return { msg: said.join(' and '), ...(state === 'absent' && told ? { found: before - after } : {}), ...kept };
  },
});

const ATTRIBUTE_KEYS = ['owner', 'group', 'mode'];

const linesIn = (text: Value): number => (typeof text === 'string' ? linesOf(text).length : 0);

function checked({ state, line, regexp, search_string: search, backrefs }: Args): void {
  const wrong = (what: string): Problem => new Problem({ code: 'wrong-argument', what: `lineinfile: ${what}` });
  if (state === 'present' && line === undefined) throw wrong('"line" is needed with state: present');
  if (state === 'present' && backrefs && regexp === undefined) throw wrong('"regexp" is needed with backrefs');
  if (state === 'absent' && line === undefined && regexp === undefined && search === undefined)
    throw wrong('one of "line", "regexp" and "search_string" is needed with state: absent');
}

const edit =
  (ready: Ready): Edited =>
  (found) => {
    const now = editedText(found) ?? { text: '', encoding: 'utf8' as const };
    const lines = linesOf(now.text);
    const text = (ready.state === 'absent' ? without(lines, ready) : withLine(lines, ready)).join('');
    return { text, encoding: now.encoding };
  };

function without(lines: readonly string[], { line, regexp, search_string: search }: Args): string[] {
  const pattern = regexp === undefined ? undefined : pyRegExp(regexp);
  return lines.filter((each) => {
    if (pattern) return !pattern.test(each);
    if (search !== undefined) return !each.includes(search);
    return line !== bare(each);
  });
}

const bare = (line: string): string => line.replace(/[\r\n]+$/, '');

/** Where regexp or search_string is found; the last place, or the first. */
function found(lines: readonly string[], { regexp, search_string: search, firstmatch }: Args) {
  const pattern = regexp === undefined ? undefined : pyRegExp(regexp);
  const hit = (each: string): boolean => (pattern ? pattern.test(each) : search !== undefined && each.includes(search));
  const at = firstmatch ? lines.findIndex(hit) : lines.findLastIndex(hit);
  return { at, match: at === -1 ? undefined : (pattern?.exec(lines[at] ?? '') ?? undefined) };
}

/** The line itself, and where a new one goes: -1 when it is not there, or no expression tells. */
function anchored(lines: readonly string[], args: Args): { same: number; insert: number } {
  const { line, insertafter, insertbefore, firstmatch } = args;
  const expression = [insertafter, insertbefore].find((each) => each !== undefined && each !== 'BOF' && each !== 'EOF');
  const pattern = expression === undefined ? undefined : pyRegExp(expression);
  const places = { same: -1, insert: -1 };
  for (const [at, each] of lines.entries()) {
    if (bare(each) === line) places.same = at;
    else if (pattern?.test(each)) {
      places.insert = insertafter === undefined ? at : at + 1;
      if (firstmatch) break;
    }
  }
  return places;
}

function withLine(lines: readonly string[], args: Args): string[] {
  const { line = '', backrefs, insertafter, insertbefore } = args;
  const { at, match } = found(lines, args);
  if (at !== -1) return lines.with(at, ended(backrefs && match ? expandMatch(match, line) : line));
  const { same, insert } = anchored(lines, args);
  if (same !== -1) return lines.with(same, ended(line));
  if (backrefs) return [...lines];
  if (insertbefore === 'BOF' || insertafter === 'BOF') return [ended(line), ...lines];
  if (insert !== -1 && insert < lines.length) {
    // With firstmatch the line may stand there unseen.
    return insertafter !== undefined && bare(lines[insert] ?? '') === line
      ? [...lines]
      : lines.toSpliced(insert, 0, ended(line));
  }
  return [
    ...lines.slice(0, -1),
    ...lines.slice(-1).map((last) => (/[\r\n]$/.test(last) ? last : `${last}\n`)),
    ended(line),
  ];
}

const ended = (line: string): string => (line.endsWith('\n') ? line : `${line}\n`);
