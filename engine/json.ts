import { Float, integerIn, Numeral, numberText } from './numeral.ts';
import { isMapping, type Mapping, mappingOf, membersOf, type Value } from './value.ts';

/** Texts are passed over; numbers that JavaScript would read differently are marked. */
const PARTS = /"(?:[^"\\]|\\.)*"(?:\s*:)?|-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const MARK = '\0number ';
/** Before keys that are whole numbers, which JSON.parse would put first. */
const KEY = '\0key ';

/** As Python reads JSON: 2.0 stays a float, integers keep their digits, and NaN and Infinity are numbers. */
export function readJson(text: string): Value {
  let keys = false;
  const marked = text.replace(PARTS, (part) => {
    if (!part.startsWith('"')) return /^-?\d{1,15}$/.test(part) ? part : JSON.stringify(MARK + part);
    if (!/^"\d+"\s*:$/.test(part)) return part;
    keys = true;
    return `"${JSON.stringify(KEY).slice(1, -1)}${part.slice(1)}`;
  });
  if (marked === text) return JSON.parse(text) as Value;
  return JSON.parse(marked, (_key, value: Value) => {
    if (typeof value === 'string') return value.startsWith(MARK) ? numberIn(value.slice(MARK.length)) : value;
    return keys && isMapping(value) ? withKeys(value) : value;
  });
}

const withKeys = (marked: Mapping): Mapping =>
  mappingOf(Object.entries(marked).map(([key, value]) => [key.replace(KEY, ''), value] as const));

function numberIn(text: string): Value {
  if (/^-?\d+$/.test(text)) return integerIn(text);
  const number = Number(text);
  return Number.isInteger(number) ? new Float(number) : number;
}

/** Options of Python's json.dumps. */
export interface JsonOptions {
  indent?: number | undefined;
  sortKeys?: boolean;
  /** Other letters are escaped. */
  ascii?: boolean;
  /** What stands between items, and between a key and its value. */
  separators?: readonly [string, string] | undefined;
}

/** As Python writes JSON: a space after each comma and colon, other letters escaped. */
export const writeJson = (value: Value, options: JsonOptions = {}): string => new Printer(options).value(value, 0);

/** As Ansible writes a value where text is wanted: Python's words for truth values, nothing for null, else JSON. */
export function asText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? '' : writeJson(value);
}

/** As short as JSON can be, for people to read. */
export const shownJson = (value: Value): string => writeJson(value, { ascii: false, separators: [',', ':'] });

class Printer {
  readonly #options: JsonOptions;

  constructor(options: JsonOptions) {
    this.#options = options;
  }

  value(value: Value, depth: number): string {
    if (typeof value === 'string') return this.#text(value);
    if (value instanceof Numeral) return value.toString();
    if (Array.isArray(value)) {
      const items = value.map((item) => this.value(item, depth + 1));
      return this.#around('[', ']', items, depth);
    }
    if (typeof value !== 'object' || value === null) return word(value);
    const entries = isMapping(value)
      ? membersOf(value).map(([key, member]): [string, Value] => [String(key), member])
      : value.keys().map((key): [string, Value] => [key, value.get(key) ?? null]);
    if (this.#options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const [, colon] = this.#options.separators ?? [', ', ': '];
    const members = entries.map(([key, member]) => `${this.#text(key)}${colon}${this.value(member, depth + 1)}`);
    return this.#around('{', '}', members, depth);
  }

  #text(text: string): string {
    const json = JSON.stringify(text);
    if (this.#options.ascii === false) return json;
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

const word = (value: null | boolean | number): string => {
  if (typeof value !== 'number') return String(value);
  if (Number.isFinite(value)) return numberText(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
};
