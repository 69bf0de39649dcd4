import { DEFAULT_SYNTAX, type Syntax, SyntaxProblem, type Token } from './tokens.ts';

/** Longer ones first. */
const OPERATORS = '** // == != <= >= + - * / % ~ < > = ( ) [ ] { } , : . | ;'.split(' ');
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['name', /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y],
  ['float', /\d[\d_]*(?:\.\d[\d_]*(?:[eE][-+]?\d+)?|[eE][-+]?\d+)/y],
  ['integer', /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*/y],
];
const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** Cuts a whole template: text between tags, and the tokens inside them. */
export function lexTemplate(text: string, syntax: Syntax = DEFAULT_SYNTAX, from = 0): Token[] {
  return new Lexer(text, syntax, from).template();
}

/** Cuts an expression without braces. */
export function lexExpression(text: string): Token[] {
  return new Lexer(text, DEFAULT_SYNTAX).expression();
}

class Lexer {
  readonly #text: string;
  readonly #syntax: Syntax;
  readonly #tokens: Token[] = [];
  #at = 0;
  /** A minus sign at the end of the tag before: strip the white space that follows. */
  #strip = false;
  #literal = false;

  constructor(text: string, syntax: Syntax, from = 0) {
    this.#at = from;
    this.#text = text;
    this.#syntax = syntax;
  }

  expression(): Token[] {
    while (this.#skipSpace()) this.#token();
    return this.#end();
  }

  #end(): Token[] {
    this.#tokens.push({ kind: 'end', value: '', start: this.#text.length, end: this.#text.length });
    return this.#tokens;
  }

  template(): Token[] {
    const { block, variable, comment } = this.#syntax;
    while (this.#at < this.#text.length) {
      const start = this.#nextTag([block[0], variable[0], comment[0]]);
      const opener = this.#openerAt(start);
      this.#emitText(start, opener);
      if (opener === undefined) break;
      if (opener === 'comment') this.#comment(start);
      else if (opener === 'block' && this.#raw(start)) continue;
      else this.#tag(start, opener);
    }
    return this.#end();
  }

  #nextTag(openers: readonly string[]): number {
    const found = openers.map((opener) => this.#text.indexOf(opener, this.#at)).filter((at) => at !== -1);
    return found.length > 0 ? Math.min(...found) : this.#text.length;
  }

  #openerAt(at: number): 'block' | 'variable' | 'comment' | undefined {
    const kinds = ['block', 'variable', 'comment'] as const;
    const found = kinds.filter((kind) => this.#text.startsWith(this.#syntax[kind][0], at));
    return found.sort((a, b) => this.#syntax[b][0].length - this.#syntax[a][0].length)[0];
  }

  #emitText(until: number, opener: string | undefined): void {
    let value = this.#text.slice(this.#at, until);
    if (this.#strip) value = value.replace(/^\s+/, '');
    this.#strip = false;
    const sign = opener ? this.#text[until + this.#syntax[opener as 'block'][0].length] : undefined;
    if (sign === '-') value = value.replace(/\s+$/, '');
    else if (this.#syntax.lstripBlocks && (opener === 'block' || opener === 'comment') && sign !== '+') {
      value = value.replace(/(^|\n)[ \t]+$/, '$1');
    }
    this.#pushText(value, until);
    this.#at = until;
  }

  #pushText(value: string, end: number): void {
    if (value === '') return;
    this.#tokens.push({ kind: 'text', value: value.replace(/\r\n?/g, '\n'), start: this.#at, end });
  }

  #comment(start: number): void {
    const [open, close] = this.#syntax.comment;
    const end = this.#text.indexOf(close, start + open.length);
    if (end === -1) throw new SyntaxProblem(`this comment has no end "${close}"`, start, open.length);
    this.#at = end + close.length;
    this.#afterTag(this.#text[end - 1] === '-', true);
  }

  #afterTag(minus: boolean, block: boolean): void {
    this.#strip = minus;
    if (block && this.#syntax.trimBlocks && !minus) {
      if (this.#text.startsWith('\r\n', this.#at)) this.#at += 2;
      else if (this.#text[this.#at] === '\n') this.#at++;
    }
  }

  /** `{% raw %}` up to `{% endraw %}` is text. */
  #raw(start: number): boolean {
    const [open, close] = this.#syntax.block.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const begin = new RegExp(`${open}[-+]?\\s*raw\\s*(-?)${close}`, 'y');
    begin.lastIndex = start;
    const found = begin.exec(this.#text);
    if (!found) return false;
    const finish = new RegExp(`${open}(-?)\\s*endraw\\s*(-?)${close}`, 'g');
    finish.lastIndex = begin.lastIndex;
    const ended = finish.exec(this.#text);
    if (!ended) throw new SyntaxProblem('this raw block has no endraw', start, found[0].length);
    this.#at = begin.lastIndex;
    this.#strip = found[1] === '-';
    let value = this.#text.slice(this.#at, ended.index);
    if (this.#strip) value = value.replace(/^\s+/, '');
    if (ended[1] === '-') value = value.replace(/\s+$/, '');
    this.#pushText(value, ended.index);
    this.#at = finish.lastIndex;
    this.#afterTag(ended[2] === '-', true);
    return true;
  }

  #tag(start: number, tag: 'block' | 'variable'): void {
    const [open, close] = this.#syntax[tag];
    this.#at = start + open.length;
    if (this.#text[this.#at] === '-' || (tag === 'block' && this.#text[this.#at] === '+')) this.#at++;
    this.#tokens.push({ kind: 'open', value: open, start, end: this.#at, tag });
    this.#literal = tag === 'variable' && this.#syntax.literalBackslashes;
    const depth: string[] = [];
    for (;;) {
      if (!this.#skipSpace()) throw new SyntaxProblem(`"${open}" has no matching "${close}"`, start, open.length);
      const sign = /[-+]/.test(this.#text[this.#at] ?? '') && this.#text.startsWith(close, this.#at + 1);
      if (depth.length === 0 && (sign || this.#text.startsWith(close, this.#at))) {
        this.#close(tag, close, sign);
        return;
      }
      const before = this.#at;
      this.#token();
      const value = this.#text.slice(before, this.#at);
      if (/^[([{]$/.test(value)) depth.push(value);
      else if (/^[)\]}]$/.test(value)) depth.pop();
    }
  }

  #close(tag: 'block' | 'variable', close: string, sign: boolean): void {
    const minus = sign && this.#text[this.#at] === '-';
    const plus = sign && !minus;
    this.#tokens.push({
      kind: 'close',
      value: close,
      start: this.#at,
      end: this.#at + close.length + (sign ? 1 : 0),
      tag,
    });
    this.#at += close.length + (sign ? 1 : 0);
    this.#afterTag(minus, tag === 'block' && !plus);
  }

  #skipSpace(): boolean {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at < this.#text.length;
  }

  #token(): void {
    const start = this.#at;
    const letter = this.#text[start] ?? '';
    if (letter === '"' || letter === "'") {
      this.#string(letter);
      return;
    }
    for (const [kind, pattern] of PATTERNS) {
      const found = this.#match(pattern);
      if (found === undefined) continue;
      this.#push(kind, kind === 'name' ? found : found.replaceAll('_', ''), start);
      return;
    }
    const operator = OPERATORS.find((one) => this.#text.startsWith(one, start));
    if (operator === undefined) throw new SyntaxProblem(`"${letter}" has no meaning here`, start);
    this.#at += operator.length;
    this.#push('operator', operator, start);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #push(kind: Token['kind'], value: string, start: number): void {
    this.#tokens.push({ kind, value, start, end: this.#at });
  }

  /** As Python reads it: an escape that means nothing keeps its backslash, so that `'\d'` is a regular expression. */
  #string(delimiter: string): void {
    const start = this.#at++;
    let value = '';
    for (;;) {
      const letter = this.#text[this.#at];
      if (letter === undefined) throw new SyntaxProblem('this text has no closing quote', start);
      this.#at++;
      if (letter === delimiter) break;
      value += letter === '\\' ? this.#escape() : letter;
    }
    this.#push('string', value, start);
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? '';
    if (this.#literal) return `\\${letter}`;
    const code = { x: 2, u: 4, U: 8 }[letter];
    if (code !== undefined) {
      const hex = this.#text.slice(this.#at, this.#at + code);
      if (hex.length === code && /^[\da-fA-F]+$/.test(hex)) {
        this.#at += code;
        return String.fromCodePoint(Number.parseInt(hex, 16));
      }
    }
    const octal = /^[0-7]{1,3}/.exec(this.#text.slice(this.#at - 1, this.#at + 2))?.[0];
    if (octal !== undefined) {
      this.#at += octal.length - 1;
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    if (letter === 'N')
      throw new SyntaxProblem('letters by name are not here: write the letter, or \\u and its code', this.#at - 2, 2);
    if (letter === '\n') return '';
    return ESCAPES[letter] ?? `\\${letter}`;
  }
}
