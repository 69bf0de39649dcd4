import {
  applyEdit,
  defineModule,
  EDIT_ARGUMENTS,
  type Edit,
  type EditArgs,
  type Edited,
  editedText,
  type Landed,
  Problem,
  planEdit,
  prepareEdit,
  probeEdit,
  pyRegExp,
} from '../module.ts';

interface Args extends EditArgs {
  block: string;
  marker: string;
  marker_begin: string;
  marker_end: string;
  insertafter?: string;
  insertbefore?: string;
  append_newline: boolean;
  prepend_newline: boolean;
}

type Ready = Args & Edit;

/** Keeps a block of lines between two markers. */
export default defineModule<Args, Landed, Ready>({
  name: 'blockinfile',
  description: 'Keeps a block of lines, between two marker lines, in a file or out of it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    mutuallyExclusive: [['insertbefore', 'insertafter']],
    properties: {
      block: {
        type: 'string',
        default: '',
        aliases: ['content'],
        description: 'The lines between the markers. Empty: the block is removed.',
      },
      marker: {
        type: 'string',
        default: '# {mark} ANSIBLE MANAGED BLOCK',
        description:
          'The marker lines; {mark} becomes marker_begin and marker_end. Each block of a file needs its own.',
        examples: ['<!-- {mark} ANSIBLE MANAGED BLOCK -->'],
      },
      marker_begin: { type: 'string', default: 'BEGIN', description: 'What {mark} becomes above the block.' },
      marker_end: { type: 'string', default: 'END', description: 'What {mark} becomes below the block.' },
      insertafter: {
        type: 'string',
        description: 'Where a new block goes: after the last line this expression matches, or EOF (the default).',
      },
      insertbefore: { type: 'string', description: 'Before the last line this expression matches, or BOF.' },
      append_newline: { type: 'boolean', default: false, description: 'Keep an empty line below the block.' },
      prepend_newline: { type: 'boolean', default: false, description: 'Keep an empty line above the block.' },
      ...EDIT_ARGUMENTS,
    },
  },
  examples: `- blockinfile:
    path: /etc/hosts
    marker: '# {mark} cluster'
    block: |
      10.0.0.1 one
      10.0.0.2 two
`,
  prepare: async ({ check }, args) => {
    checked(args);
    return { ...args, ...prepareEdit('blockinfile', args, check) };
  },
  probe: probeEdit,
  plan: (found, ready) => planEdit(found, ready, edit(ready)),
  apply: (host, changes, ready, _controller, found) => applyEdit(host, changes, ready, found, edit(ready)),
  returns: ({ path }, ready, changes) => {
    const edited = changes.find(({ key }) => key === 'content');
    if (!edited) return { msg: '' };
    const kept = edited.before !== null && ready.suffix !== undefined ? { backup_file: path + ready.suffix } : {};
    const said = blockOf(ready).length === 0 ? 'Block removed' : 'Block inserted';
    return { msg: edited.before === null ? 'File created' : said, ...kept };
  },
});

/** Markers that cannot be told apart, or found again, would add the block on every run. */
function checked(args: Args): void {
  const { begin, end } = markersOf(args);
  const whole = /^[^\r\n]*\n$/;
  if (begin !== end && whole.test(begin) && whole.test(end)) return;
  throw new Problem({
    code: 'wrong-argument',
    what: `blockinfile: "${args.marker}" does not make two different marker lines`,
    mend: 'write a marker of one line with {mark} in it',
  });
}

function markersOf({ marker, marker_begin: begin, marker_end: end }: Args): { begin: string; end: string } {
  return { begin: `${marker.replaceAll('{mark}', () => begin)}\n`, end: `${marker.replaceAll('{mark}', () => end)}\n` };
}

/** Lines with their ends, as Python's splitlines gives them for bytes. */
const split = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

function blockOf(args: Args): string[] {
  const { state, block } = args;
  if (state === 'absent' || block === '') return [];
  const { begin, end } = markersOf(args);
  return [begin, ...split(block.endsWith('\n') ? block : `${block}\n`), end];
}

const edit =
  (ready: Ready): Edited =>
  (found) => {
    const { text, encoding } = editedText(found) ?? { text: '', encoding: 'utf8' as const };
    return { text: withBlock(text, ready), encoding };
  };

function withBlock(text: string, args: Args): string {
  const { at, lines, was } = cleared(text, args);
  const block = blockOf(args);
  if (block.length === 0 && !was) return text;
  const present = args.state === 'present';
  const above = lines.slice(0, at);
  const last = above.at(-1);
  if (last !== undefined && !last.endsWith('\n')) above[at - 1] = `${last}\n`;
  if (args.prepend_newline && present && above.length > 0 && above.at(-1) !== '\n') above.push('\n');
  const below = lines.slice(at);
  if (args.append_newline && present && below.length > 0 && below[0] !== '\n') below.unshift('\n');
  return [...above, ...block, ...below].join('');
}

/** The lines without the block, and where it goes: where it was, or where the arguments say. */
function cleared(text: string, args: Args): { at: number; lines: string[]; was: boolean } {
  const lines = split(text);
  const { begin, end } = markersOf(args);
  const [first, last] = [lines.lastIndexOf(begin), lines.lastIndexOf(end)].sort((a, b) => a - b) as [number, number];
  if (first === -1) return { at: placeFor(text, lines, args), lines, was: false };
  return { at: first, lines: lines.toSpliced(first, last - first + 1), was: true };
}

function placeFor(text: string, lines: readonly string[], { insertafter, insertbefore }: Args): number {
  const after = insertafter !== undefined;
  const expression = [insertafter, insertbefore].find((each) => each !== undefined);
  if (expression === undefined || (after && expression === 'EOF')) return lines.length;
  if (!after && expression === 'BOF') return 0;
  const at = matched(text, lines, pyRegExp(expression), after);
  if (at === -1) return lines.length;
  return Math.min(after ? at + 1 : at, lines.length);
}

/** The line an expression is found in. One with (?m) is looked for in the whole text, as Ansible does. */
function matched(text: string, lines: readonly string[], pattern: RegExp, after: boolean): number {
  if (!pattern.multiline) return lines.findLastIndex((line) => pattern.test(line));
  const match = pattern.exec(text);
  if (!match) return -1;
  const end = after ? match.index + match[0].length : match.index;
  return text.slice(0, end).split('\n').length - 1;
}
