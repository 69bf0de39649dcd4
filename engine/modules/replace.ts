import {
  applyEdit,
  type Change,
  defineModule,
  EDIT_ARGUMENTS,
  type Edit,
  type EditArgs,
  type Edited,
  editedText,
  expandMatch,
  type Landed,
  Problem,
  planEdit,
  prepareEdit,
  probeEdit,
  pyRegExp,
} from '../module.ts';

interface Args extends Omit<EditArgs, 'state' | 'create'> {
  regexp: string;
  replace: string;
  after?: string;
  before?: string;
  encoding: string;
}

type Ready = Args & EditArgs & Edit & { bytes: BufferEncoding };

const { path, backup, owner, group, mode, validate } = EDIT_ARGUMENTS;

/** Replaces what an expression matches in a file. */
export default defineModule<Args, Landed, Ready>({
  name: 'replace',
  description: 'Replaces all that a regular expression matches in a file.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'regexp'],
    properties: {
      path,
      regexp: {
        type: 'string',
        description:
          'What is replaced, as Python writes it. ^ and $ match at each line, and a dot matches no line end. One that also matches what was put there changes the file each time.',
        examples: ['^(ListenAddress[ ]+)[^\\n]+$'],
      },
      replace: {
        type: 'string',
        default: '',
        description: 'What takes its place; \\1, \\g<1> and \\g<name> are groups of regexp. Removed when absent.',
      },
      after: {
        type: 'string',
        description:
          'Only what stands after the first match of this expression is replaced. A dot matches line ends too.',
      },
      before: { type: 'string', description: 'Only what stands before the match of this expression is replaced.' },
      encoding: {
        type: 'string',
        default: 'utf-8',
        description: 'How the file’s characters are written: utf-8, utf-16-le, latin-1 or ascii.',
      },
      backup,
      owner,
      group,
      mode,
      validate,
    },
  },
  examples: `- replace:
    path: /etc/hosts
    regexp: '(\\s+)old\\.example\\.org(\\s+.*)?$'
    replace: '\\1new.example.org\\2'
`,
  prepare: async ({ check }, given) => {
    const args = { ...given, state: 'present', create: false };
    return { ...args, ...prepareEdit('replace', args, check), bytes: encodingOf(given.encoding) };
  },
  probe: probeEdit,
  // An expression may match what it was replaced with, so its change is an action and not a state.
  plan: (found, ready) =>
    planEdit(found, ready, edit(ready)).map((change) =>
      change.key === 'content' ? { ...change, once: true } : change,
    ),
  apply: (host, changes, ready, _controller, found) => applyEdit(host, changes, ready, found, edit(ready)),
  returns: ({ path: file, bytes }, ready, changes) => {
    const edited = changes.find(({ key }) => key === 'content');
    const text = edited ? undefined : bytes && textIn(bytes, ready);
    if (text !== undefined && sectionOf(text, ready) === undefined)
      return { rc: 0, msg: `Pattern for before/after params did not match the given file: ${around(ready)}` };
    const others = changes.some(({ key }) => ['owner', 'group', 'mode'].includes(key));
    const said = [
      ...(edited ? [told(edited, ready)] : []),
      ...(others ? ['ownership, perms or SE linux context changed'] : []),
    ];
    const kept = edited && ready.suffix !== undefined ? { backup_file: file + ready.suffix } : {};
    return { rc: 0, msg: said.join(' and '), ...kept };
  },
});

/** Of a large file only hashes are known, so how often is not told. */
function told({ before, text }: Change, ready: Ready): string {
  const count = text && typeof before === 'string' ? replaced(before, ready).count : undefined;
  return count === undefined ? 'replacements made' : `${count} replacements made`;
}

/** Python's names of the encodings that Node has. Bytes that are no ASCII stay as they are. */
const ENCODINGS: Readonly<Record<string, BufferEncoding>> = {
  utf8: 'utf8',
  latin1: 'latin1',
  iso88591: 'latin1',
  ascii: 'latin1',
  usascii: 'latin1',
  utf16le: 'utf16le',
};

function encodingOf(encoding: string): BufferEncoding {
  const found = ENCODINGS[encoding.toLowerCase().replaceAll(/[-_ ]/g, '')];
  if (found) return found;
  throw new Problem({
    code: 'wrong-argument',
    what: `replace cannot read a file that is written in "${encoding}"`,
    mend: 'take utf-8, utf-16-le, latin-1 or ascii',
  });
}

/** The bytes as text, or undefined where they are none in the encoding. */
function textIn(bytes: Buffer, { bytes: encoding }: Ready): string | undefined {
  const text = bytes.toString(encoding);
  return Buffer.from(text, encoding).equals(bytes) ? text : undefined;
}

const edit =
  (ready: Ready): Edited =>
  (found) => {
    // Says what is wrong with a folder, and keeps the bytes of a text that is no UTF-8.
    const read = editedText(found);
    if (!read) return undefined;
    const given = ready.bytes === 'utf8' ? undefined : found.bytes && textIn(found.bytes, ready);
    const now = given === undefined ? read : { text: given, encoding: ready.bytes };
    const { text, found: section } = replaced(now.text, ready);
    return section ? { text, encoding: now.encoding } : undefined;
  };

/** The expression that before and after make together; its subsection is what is looked at. */
const around = ({ after, before }: Args): string => {
  if (after && before) return `${after}(?P<subsection>.*?)${before}`;
  if (after) return `${after}(?P<subsection>.*)`;
  return before ? `(?P<subsection>.*)${before}` : '';
};

/** Where in the text something may be replaced; undefined where before and after match nothing. */
function sectionOf(text: string, args: Args): readonly [number, number] | undefined {
  const pattern = around(args);
  if (pattern === '') return [0, text.length];
  return pyRegExp(pattern, 'sd').exec(text)?.indices?.groups?.['subsection'];
}

function replaced(text: string, args: Args): { text: string; count: number; found: boolean } {
  const section = sectionOf(text, args);
  if (!section) return { text, count: 0, found: false };
  const [start, end] = section;
  const inside = text.slice(start, end);
  const matches = [...inside.matchAll(pyRegExp(args.regexp, 'gm'))] as RegExpExecArray[];
  let [now, at] = ['', 0];
  for (const match of matches) {
    now += inside.slice(at, match.index) + expandMatch(match, args.replace);
    at = match.index + match[0].length;
  }
  return { text: text.slice(0, start) + now + inside.slice(at) + text.slice(end), count: matches.length, found: true };
}
