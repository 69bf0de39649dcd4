import { entriesOf, Float, isNumber, str, UseProblem } from '../python.ts';

/** Options of Python's json.dumps, as Ansible's filters pass them on. */
export interface JsonOptions {
  indent?: number | undefined;
  sortKeys: boolean;
  ascii: boolean;
  /** What stands between items, and between a key and its value. */
  separators?: readonly [string, string] | undefined;
}

/** Python's json.dumps: a space after each comma and colon, other letters escaped. */
export function toJson(value: unknown, options: JsonOptions): string {
  return new Printer(options).value(value, 0);
}

class Printer {
  readonly #options: JsonOptions;

  constructor(options: JsonOptions) {
    this.#options = options;
  }

  value(value: unknown, depth: number): string {
    if (value === null || typeof value === 'boolean') return String(value);
    if (value instanceof Float) return value.toString();
    if (isNumber(value)) return number(value as number);
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) {
      return this.#around(
        '[',
        ']',
        value.map((item) => this.value(item, depth + 1)),
        depth,
      );
    }
    const entries = entriesOf(value);
    if (!entries) throw new UseProblem('this cannot be written as JSON');
    if (this.#options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const [, colon] = this.#options.separators ?? [', ', ': '];
    const members = entries.map(([key, member]) => `${this.#text(key)}${colon}${this.value(member, depth + 1)}`);
    return this.#around('{', '}', members, depth);
  }

  #text(text: string): string {
    const json = JSON.stringify(text);
    if (!this.#options.ascii) return json;
    return json.replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }

  #around(open: string, close: string, parts: string[], depth: number): string {
    const { indent } = this.#options;
    const [comma] = this.#options.separators ?? [indent === undefined ? ', ' : ','];
    if (parts.length === 0 || indent === undefined) return open + parts.join(comma) + close;
    const pad = ' '.repeat(indent * (depth + 1));
    return `${open}\n${pad}${parts.join(`${comma}\n${pad}`)}\n${' '.repeat(indent * depth)}${close}`;
  }
}

const number = (value: number): string =>
  Number.isFinite(value) ? str(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
