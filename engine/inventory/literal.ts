import { Float, integerOf } from '../numeral.ts';
import { type Key, keepOrder, keyOf, type Mapping, type Value } from '../value.ts';

/** Thrown inside this file only: the text is not a Python literal, so it is a plain string. */
class NotLiteral extends Error {}

const MAYBE_LITERAL = /^[ \t]*(?:[-+0-9."'([{]|True\b|False\b|None\b|[rRbBuU]{1,2}["']|set\()/;

/** The value of an INI variable: a Python literal when the text is one, else the text itself. */
export function readLiteral(text: string): Value {
  // Most values are words and paths; they need no parser to be refused.
  if (!MAYBE_LITERAL.test(text)) return text;
  try {
    return new Literal(text).whole();
  } catch (thrown) {
    if (thrown instanceof NotLiteral || thrown instanceof globalThis.RangeError) return text;
    throw thrown;
  }
}

const NUMBER =
  /^(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*)?\.?(?:[0-9](?:_?[0-9])*)?(?:[eE][-+]?[0-9](?:_?[0-9])*)?)/;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

class Literal {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Value {
    const first = this.#value();
    const value = this.#peek() === ',' ? [first, ...this.#rest('')] : first;
    // Python takes what follows `#` for a comment, so `5 # five` is the number.
    if (this.#peek() !== '' && this.#peek() !== '#') throw new NotLiteral();
    return value;
  }

  #peek(): string {
    while (/[ \t\f]/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #take(text: string): boolean {
    this.#peek();
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #value(): Value {
    const char = this.#peek();
    if (this.#take('[')) return this.#list(']');
    if (this.#take('(')) return this.#parenthesised();
    if (this.#take('{')) return this.#braced();
    if (/[-+]/.test(char)) return this.#signed();
    if (/[0-9.]/.test(char)) return this.#number(1);
    const word = /^[A-Za-z_]\w*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    if (word === '' ? char === '"' || char === "'" : this.#isPrefix(word)) return this.#strings();
    this.#at += word.length;
    if (word === 'True' || word === 'False') return word === 'True';
    if (word === 'None') return null;
    if (word === 'set' && this.#take('(') && this.#take(')')) return [];
    throw new NotLiteral();
  }

  #isPrefix(word: string): boolean {
    return /^(?:[rubRUB]|[rR][bB]|[bB][rR])$/.test(word) && /["']/.test(this.#text.charAt(this.#at + word.length));
  }

  #list(close: string): Value[] {
    if (this.#take(close)) return [];
    const items = [this.#value(), ...this.#rest(close)];
    if (!this.#take(close)) throw new NotLiteral();
    return items;
  }

  /** Items after the first, a comma before each and perhaps one at the end. */
  #rest(close: string): Value[] {
    const items: Value[] = [];
    while (this.#take(',')) {
      const char = this.#peek();
      if (char === close || char === '' || char === '#') break;
      items.push(this.#value());
    }
    return items;
  }

  #parenthesised(): Value {
    if (this.#take(')')) return [];
    const first = this.#value();
    const tuple = this.#peek() === ',';
    const rest = this.#rest(')');
    if (!this.#take(')')) throw new NotLiteral();
    return tuple ? [first, ...rest] : first;
  }

  #braced(): Value {
    if (this.#take('}')) return {};
    const first = this.#value();
    if (this.#peek() !== ':') {
      const items = [first, ...this.#rest('}')];
      if (!this.#take('}')) throw new NotLiteral();
      return items;
    }
    const mapping: Mapping = {};
    const keys: Key[] = [];
    for (let key: Value = first; ; key = this.#value()) {
      if (!this.#take(':')) throw new NotLiteral();
      keys.push(keyOf(key, keyText(key)));
      mapping[keyText(key)] = this.#value();
      const more = this.#take(',');
      if (this.#take('}')) return keepOrder(mapping, () => keys);
      if (!more) throw new NotLiteral();
    }
  }

  #signed(): Value {
    const sign = this.#text.charAt(this.#at++) === '-' ? -1 : 1;
    if (!/[0-9.]/.test(this.#peek())) throw new NotLiteral();
    return this.#number(sign);
  }

  #number(sign: number): Value {
    const written = NUMBER.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += written.length;
    const digits = written.replaceAll('_', '');
    const whole = /^(?:0[xXoObB])?[0-9a-fA-F]+$/.test(digits) && !/^[0-9]*[eE]/.test(digits);
    // 010 is a syntax error in Python 3, and a letter right after a number is no number either.
    if (!/[0-9]/.test(digits) || (whole && /^0+[1-9]/.test(digits))) throw new NotLiteral();
    if (/[\w.]/.test(this.#text.charAt(this.#at))) throw new NotLiteral();
    const value = Number(digits.toLowerCase());
    if (!Number.isFinite(value)) throw new NotLiteral();
    if (whole) return integerOf(BigInt(digits.toLowerCase()) * BigInt(sign));
    if (Number.isInteger(value)) return new Float(sign * value);
    return sign * value;
  }

  /** One string, or several side by side, which Python joins. */
  #strings(): string {
    let joined = '';
    for (;;) {
      this.#peek();
      const prefix = /^[rubRUB]{0,2}(?=["'])/.exec(this.#text.slice(this.#at))?.[0];
      if (prefix === undefined) return joined;
      this.#at += prefix.length;
      joined += this.#string(/r/i.test(prefix));
    }
  }

  #string(raw: boolean): string {
    const quote = this.#text.charAt(this.#at);
    const mark = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote;
    this.#at += mark.length;
    let value = '';
    while (!this.#text.startsWith(mark, this.#at)) {
      if (this.#at >= this.#text.length) throw new NotLiteral();
      if (this.#text[this.#at] === '\\') value += raw ? this.#rawEscape() : this.#escape();
      else value += this.#text.charAt(this.#at++);
    }
    this.#at += mark.length;
    return value;
  }

  #rawEscape(): string {
    this.#at += 2;
    return this.#text.slice(this.#at - 2, this.#at);
  }

  #escape(): string {
    const rest = this.#text.slice(this.#at + 1);
    const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3}))/.exec(rest);
    if (code) {
      this.#at += 1 + code[0].length;
      const hex = code[1] ?? code[2] ?? code[3];
      return String.fromCodePoint(hex === undefined ? Number.parseInt(code[0], 8) : Number.parseInt(hex, 16));
    }
    const char = rest.charAt(0);
    if (/[xuUN]/.test(char) || char === '') throw new NotLiteral();
    this.#at += 2;
    if (char === '\\' || char === '"' || char === "'") return char;
    return ESCAPES[char] ?? `\\${char}`;
  }
}

function keyText(key: Value): string {
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new NotLiteral();
}
