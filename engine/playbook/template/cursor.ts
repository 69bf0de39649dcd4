import { SyntaxProblem, type Token } from './tokens.ts';

/** A place in a row of tokens, and what may be asked of it. */
export class Cursor {
  protected readonly tokens: readonly Token[];
  protected index = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  protected get token(): Token {
    return this.tokens[this.index] as Token;
  }

  protected is(value: string, kind: Token['kind'] = 'operator'): boolean {
    return this.token.kind === kind && this.token.value === value;
  }

  protected take(value: string, kind: Token['kind'] = 'operator'): boolean {
    if (!this.is(value, kind)) return false;
    this.index++;
    return true;
  }

  protected word(value: string): boolean {
    return this.take(value, 'name');
  }

  protected expect(value: string, kind: Token['kind'] = 'operator'): Token {
    const token = this.token;
    if (!this.take(value, kind)) throw this.unexpected(`expected "${value}"`);
    return token;
  }

  protected name(): Token {
    const token = this.token;
    if (token.kind !== 'name') throw this.unexpected('expected a name');
    this.index++;
    return token;
  }

  protected unexpected(expected: string): SyntaxProblem {
    const { kind, value, start, end } = this.token;
    const found = kind === 'end' ? 'the end' : `"${value}"`;
    return new SyntaxProblem(`${expected}, found ${found}`, start, Math.max(1, end - start));
  }

  /** `is match 'x'`: one operand may follow without parentheses, if it can only be one. */
  protected startsOperand(): boolean {
    const { kind, value } = this.token;
    if (kind === 'string' || kind === 'integer' || kind === 'float') return true;
    if (kind === 'operator') return value === '[' || value === '{';
    return kind === 'name' && !['else', 'or', 'and', 'is', 'if', 'in', 'not', 'recursive'].includes(value);
  }
}
