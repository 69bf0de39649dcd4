import { isUtf8 } from 'node:buffer';
import { filter } from '../environment.ts';
import { str, truthy, UseProblem } from '../python.ts';

const ENCODINGS: Record<string, BufferEncoding> = {
  utf8: 'utf8',
  utf16le: 'utf16le',
  ascii: 'ascii',
  usascii: 'ascii',
  latin1: 'latin1',
  iso88591: 'latin1',
};

function encodingOf(name: unknown): BufferEncoding {
  const found = ENCODINGS[str(name).replace(/[-_]/g, '').toLowerCase()];
  if (!found) throw new UseProblem(`the encoding "${str(name)}" is not known here`);
  return found;
}

/** Text as base64. */
export const b64encode = filter('encoding urlsafe', (value, { encoding = 'utf-8', urlsafe = false }) => {
  const encoded = Buffer.from(str(value), encodingOf(encoding)).toString('base64');
  return truthy(urlsafe) ? encoded.replaceAll('+', '-').replaceAll('/', '_') : encoded;
});

/** The text that is written as base64. Bytes that are no text are refused: they would come back as others. */
export const b64decode = filter('encoding urlsafe', (value, { encoding = 'utf-8', urlsafe = false }) => {
  const given = truthy(urlsafe) ? str(value).replaceAll('-', '+').replaceAll('_', '/') : str(value);
  const letters = given.replace(/[^A-Za-z0-9+/=]/g, '');
  const [, data = '', padding = ''] = /^([^=]*)(=*)/.exec(letters) ?? [];
  if (data.length % 4 === 1 || (data.length % 4 > 0 && data.length + padding.length < Math.ceil(data.length / 4) * 4))
    throw new UseProblem('this is no base64: it is cut short');
  const bytes = Buffer.from(data, 'base64');
  const chosen = encodingOf(encoding);
  if (chosen === 'utf8' && !isUtf8(bytes)) throw new UseProblem('what is written here as base64 is no text in UTF-8');
  return bytes.toString(chosen);
});
