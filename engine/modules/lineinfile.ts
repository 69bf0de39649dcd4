import {
  ATTRIBUTES,
  applyEdit,
  defineModule,
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
      path: { type: 'string', format: 'path', aliases: ['dest', 'destfile', 'name'], description: 'The file.' },
      state: {
        type: 'string',
        default: 'present',
        enum: ['present', 'absent'],
        description: 'In the file or out of it.',
      },
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
      create: { type: 'boolean', default: false, description: 'Make the file when it is missing.' },
      backup: { type: 'boolean', default: false, description: 'Keep a copy of the file that is replaced.' },
      ...ATTRIBUTES,
      validate: {
        type: 'string',
        description: 'A command that must succeed before the new file, as %s, takes its place.',
        examples: ['visudo -cf %s'],
      },
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
    const said = state === 'absent' ? 'line(s) removed' : edited?.before ? 'line added or replaced' : 'line added';
    const kept = edited && edited.before !== null && suffix !== undefined ? { backup: path + suffix } : { backup: '' };
    return { msg: edited ? said : '', ...kept };
  },
});

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

interface Places {
  /** Line that regexp or search_string, or else the whole line, is found in. */
  at: number;
  match?: RegExpExecArray | undefined;
  /** The whole line is there, when regexp is not. */
  exact: boolean;
  /** Where a new line goes, before this one; -1 when no expression matched. */
  insert: number;
}

function look(lines: readonly string[], args: Args): Places {
  const { regexp, search_string: search, line = '', firstmatch, insertafter = 'EOF', insertbefore } = args;
  const pattern = regexp === undefined ? undefined : pyRegExp(regexp);
  const around = anchor(insertbefore, 'BOF') ?? (insertbefore === undefined ? anchor(insertafter, 'EOF') : undefined);
  const step = insertbefore === undefined ? 1 : 0;
  const places: Places = { at: -1, exact: false, insert: -1 };
  let settled = false;
  for (const [number, each] of lines.entries()) {
    const match = pattern?.exec(each) ?? undefined;
    const hit = pattern ? match !== undefined : search !== undefined && each.includes(search);
    const same = bare(line) === bare(each);
    if (hit || (same && places.at === -1 && !places.exact && search === undefined && !pattern)) {
      Object.assign(places, { at: number, match, exact: !hit });
      settled = firstmatch && hit;
    } else if (same && !places.exact && places.at === -1) {
      // The line is there, though what it was to be found by is not.
      Object.assign(places, { at: number, exact: true });
    } else if (around?.exec(each) && (!firstmatch || places.insert === -1)) places.insert = number + step;
    if (settled) break;
  }
  return places;
}

const anchor = (expression: string | undefined, end: string): RegExp | undefined =>
  expression === undefined || expression === end ? undefined : pyRegExp(expression);

function withLine(lines: readonly string[], args: Args): string[] {
  const { line = '', backrefs, insertafter, insertbefore } = args;
  const { at, match, insert } = look(lines, args);
  if (at !== -1) return lines.with(at, replaced(lines[at] ?? '', line, backrefs ? match : undefined));
  if (backrefs) return [...lines];
  if (insertbefore === 'BOF' || insertafter === 'BOF') return [`${line}\n`, ...lines];
  const ended = [...lines];
  const last = ended.at(-1);
  if (insert === -1 || insert === lines.length) {
    if (last !== undefined && !/[\r\n]$/.test(last)) ended[ended.length - 1] = `${last}\n`;
    return [...ended, `${line}\n`];
  }
  return ended.toSpliced(insert, 0, `${line}\n`);
}

/** The line in place of one that is there, with that one's end when it has none. */
function replaced(before: string, line: string, match: RegExpExecArray | undefined): string {
  const text = match ? expandMatch(match, line) : line;
  return text.endsWith('\n') ? text : `${text}\n`.replace(/\n$/, /\n$/.test(before) ? '\n' : '\n');
}
