import { resolvePlain } from '../../resolve.ts';
import { entriesOf, Float, isNumber, repr, str, UseProblem } from '../python.ts';

/** Options of PyYAML's dump, as Ansible's filters pass them on. */
export interface YamlOptions {
  indent: number;
  sortKeys: boolean;
  /** Write other letters as they are; Ansible's filters do. */
  unicode: boolean;
  /** False: all block; true: all flow; undefined: collections of scalars in flow, as PyYAML's None. */
  flow?: boolean | undefined;
}

/** PyYAML's dump, with its rules for quotes and for what goes on one line. */
export function toYaml(value: unknown, options: YamlOptions): string {
  const printer = new Printer(options);
  if (isScalar(value)) {
    return `${printer.scalar(value, 0)}\n`;
  }
  return printer.isFlow(value) ? `${printer.flow(value)}\n` : printer.block(value, 0);
}

const isScalar = (value: unknown): boolean => value === null || typeof value !== 'object' || value instanceof Float;

class Printer {
  readonly #options: YamlOptions;

  constructor(options: YamlOptions) {
    this.#options = options;
  }

  isFlow(value: unknown): boolean {
    const items = Array.isArray(value) ? value : this.#entries(value).map(([, member]) => member);
    if (items.length === 0) return true;
    return this.#options.flow ?? (this.#options.flow === undefined && items.every(isScalar));
  }

  #entries(value: unknown): [string, unknown][] {
    const entries = entriesOf(value);
    if (!entries) throw new UseProblem('this cannot be written as YAML');
    return this.#options.sortKeys ? [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) : entries;
  }

  flow(value: unknown): string {
    if (isScalar(value)) return this.scalar(value, 0, true);
    if (Array.isArray(value)) return `[${value.map((item) => this.flow(item)).join(', ')}]`;
    return `{${this.#entries(value)
      .map(([key, member]) => `${this.scalar(key, 0, true)}: ${this.flow(member)}`)
      .join(', ')}}`;
  }

  /** Lines of a collection at a depth in columns, each with its line end. */
  block(value: unknown, column: number): string {
    const pad = ' '.repeat(column);
    if (Array.isArray(value)) {
      return value.map((item) => `${pad}-${this.#item(item, column)}`).join('');
    }
    return this.#entries(value)
      .map(([key, member]) => `${pad}${this.scalar(key, column)}:${this.#member(member, column)}`)
      .join('');
  }

  #item(item: unknown, column: number): string {
    if (isScalar(item)) return ` ${this.scalar(item, column)}\n`;
    if (this.isFlow(item)) return ` ${this.flow(item)}\n`;
    const inner = column + Math.max(2, this.#options.indent);
    return ' '.repeat(inner - column - 1) + this.block(item, inner).slice(inner);
  }

  #member(member: unknown, column: number): string {
    if (isScalar(member)) return ` ${this.scalar(member, column)}\n`;
    if (this.isFlow(member)) return ` ${this.flow(member)}\n`;
    // PyYAML does not indent a list under its key.
    return `\n${this.block(member, Array.isArray(member) ? column : column + this.#options.indent)}`;
  }

  scalar(value: unknown, column: number, inFlow = false): string {
    if (value === null) return 'null';
    if (typeof value === 'boolean') return String(value);
    if (isNumber(value)) return number(value);
    return this.#text(str(value), column, inFlow);
  }

  #text(text: string, column: number, inFlow: boolean): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what YAML must escape
    if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text)) return double(text);
    if (!this.#options.unicode && /[\u007f-\uffff]/.test(text)) return double(text);
    const inner = column + this.#options.indent;
    return isPlain(text, inFlow) ? broken(text, inner) : single(text, inner);
  }
}

const number = (value: unknown): string => {
  const shown = repr(value);
  return { inf: '.inf', '-inf': '-.inf', nan: '.nan' }[shown] ?? shown;
};

function isPlain(text: string, inFlow: boolean): boolean {
  if (text === '' || resolvePlain(text) !== text || /^(---|\.\.\.)/.test(text)) return false;
  if (/^[\s#,[\]{}&*!|>'"%@`]|^[-?:](?:\s|$)|:(?:\s|$)|\s#|\s$/.test(text)) return false;
  if (/^(=|<<)$/.test(text) || /^\d{4}-\d\d?-\d\d?/.test(text)) return false;
  return !inFlow || !/[,[\]{}?]|:/.test(text);
}

/** In single quotes: a line end is an empty line, and a long line is broken at a space between words. */
function single(text: string, column: number): string {
  const pad = ' '.repeat(column);
  const lines = text.split('\n').map((line) => broken(line.replaceAll("'", "''"), column));
  return `'${lines.join(`\n\n${pad}`)}'`;
}

function double(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: see above
  const escaped = text.replace(/["\\]|[\u0000-\u001f\u007f-\uffff]/g, (letter) => {
    const named = {
      '\n': 'n',
      '\t': 't',
      '\r': 'r',
      '"': '"',
      '\\': '\\',
      '\0': '0',
      '\x1b': 'e',
      '\x07': 'a',
      '\b': 'b',
      '\xa0': '_',
    }[letter];
    if (named !== undefined) return `\\${named}`;
    const code = letter.charCodeAt(0).toString(16).toUpperCase();
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/** PyYAML breaks a long line at a space once it is past this column. */
const WIDTH = 80;

/** A long line over several, the further ones indented. */
function broken(text: string, column: number): string {
  if (text.length + column < WIDTH) return text;
  const pad = ' '.repeat(column);
  const lines: string[] = [];
  let line = '';
  for (const [index, word] of text.split(' ').entries()) {
    // A space at either end of the text, or one of several, is no place to break.
    if (index > 0 && word !== '' && line.trim() !== '' && !line.endsWith(' ') && line.length > WIDTH - column) {
      lines.push(line);
      line = pad + word;
    } else line = index === 0 ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
