import { createHash } from 'node:crypto';
import type { Content, Reader, Writer } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import type { Property } from '../property.ts';
import { shellWords } from '../quote.ts';
import type { Change } from '../result.ts';
import { ATTRIBUTES, type Attributes, attributesIn } from './attributes.ts';
import { backupSuffix } from './content.ts';
import { type Landed, land } from './landing.ts';
import { applyPut, type Put, planPut, validateWords } from './put.ts';

/** What modules that edit a file on the host take beside what they edit. */
export interface EditArgs extends Attributes {
  path: string;
  create: boolean;
  state: string;
  backup: boolean;
  validate?: string;
}

/** Their part of a schema. */
export const EDIT_ARGUMENTS = {
  path: { type: 'string', format: 'path', aliases: ['dest', 'destfile', 'name'], description: 'The file.' },
  state: { type: 'string', default: 'present', enum: ['present', 'absent'], description: 'In the file or out of it.' },
  create: { type: 'boolean', default: false, description: 'Make the file when it is missing.' },
  backup: { type: 'boolean', default: false, description: 'Keep a copy of the file that is replaced.' },
  ...ATTRIBUTES,
  validate: {
    type: 'string',
    description: 'A command that must succeed before the new file, as %s, takes its place.',
    examples: ['sshd -t -f %s', 'visudo -cf %s'],
  },
} as const satisfies Record<keyof EditArgs, Property>;

/** What they know once prepared. */
export interface Edit {
  check: boolean;
  suffix: string | undefined;
  words: string[] | undefined;
}

/** Above this a file is not edited. */
const LARGEST = 64 * 1024 * 1024;

export const prepareEdit = (module: string, args: EditArgs, check: boolean): Edit => ({
  check,
  suffix: args.backup ? backupSuffix() : undefined,
  words: validateWords(module, args.validate, shellWords),
});

/** Reads the whole file; a link is followed. */
export const probeEdit = (host: Reader, { path }: EditArgs): Promise<Landed> =>
  land(host, { path, follow: true, hash: 'always', content: LARGEST });

/** The text of the file, or undefined when there is none. Bytes that are no UTF-8 keep their places as latin-1. */
export function editedText({ bytes, stat, path }: Landed): { text: string; encoding: BufferEncoding } | undefined {
  if (!stat) return undefined;
  if (stat.type === 'directory') throw new Problem({ code: 'is-a-folder', what: `${path} is a folder, not a file` });
  if (!bytes) throw new Problem({ code: 'not-a-file', what: `${path} is no file whose text can be edited` });
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { text, encoding: 'utf8' }
    : { text: bytes.toString('latin1'), encoding: 'latin1' };
}

/** The file as it is to be, or undefined to leave it alone. */
export type Edited = (found: Landed) => { text: string; encoding: BufferEncoding } | undefined;

export function planEdit(found: Landed, args: EditArgs & Edit, edited: Edited): Change[] {
  const put = putFor(found, args, edited);
  return put ? planPut(found, put) : [];
}

export async function applyEdit(
  host: Writer,
  changes: readonly Change[],
  args: EditArgs & Edit,
  found: Landed,
  edited: Edited,
) {
  const put = putFor(found, args, edited);
  if (put) await applyPut(host, changes, put, found);
}

function putFor(found: Landed, args: EditArgs & Edit, edited: Edited): Put | undefined {
  if (!found.stat && args.state === 'absent') return undefined;
  if (!found.stat && !args.create) {
    if (args.check) return undefined;
    const mend = 'give create: true to make it, or make it before';
    throw new Problem({ code: 'missing-file', what: `${found.path} is not there`, mend });
  }
  const after = edited(found);
  if (!after) return undefined;
  return {
    content: contentOf(Buffer.from(after.text, after.encoding), after.encoding === 'utf8' ? after.text : undefined),
    dest: found.path,
    attributes: attributesIn(args),
    follow: true,
    force: true,
    backup: args.suffix,
    validate: args.words,
    // A missing folder is made, as Ansible does with create.
    check: true,
    checksum: '',
  };
}

const LARGEST_TEXT = 64 * 1024;

function contentOf(bytes: Buffer, text: string | undefined): Content {
  async function* open(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.length, sha256, open, ...(text !== undefined && bytes.length <= LARGEST_TEXT ? { text } : {}) };
}

/** Lines with their ends, as Python's readlines gives them. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
