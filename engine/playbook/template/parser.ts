import { integerIn } from '../../numeral.ts';
import { Cursor } from './cursor.ts';
import { lexExpression } from './lexer.ts';
import type { Arguments, Expression } from './syntax.ts';
import type { Token } from './tokens.ts';

const LITERALS = new Map(
  Object.entries({ true: true, True: true, false: false, False: false, none: null, None: null }),
);
const COMPARE = ['==', '!=', '<', '>', '<=', '>='];

/** Reads an expression without braces. */
export function parseExpression(text: string): Expression {
  const parser = new ExpressionParser(lexExpression(text));
  // Not a tuple: of several expressions with commas between, Jinja takes none here.
  const expression = parser.expression();
  parser.finish();
  return expression;
}

/** Jinja2's grammar of expressions, by recursive descent; each method is one level of precedence. */
export class ExpressionParser extends Cursor {
  finish(): void {
    if (this.token.kind !== 'end') throw this.unexpected('expected the end of the expression');
  }

  /** An expression, or several with commas between, which make a tuple. */
  tuple(): Expression {
    const first = this.expression();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.take(',')) {
      if (this.token.kind === 'close' || this.token.kind === 'end' || this.is(')') || this.is('=')) break;
      items.push(this.expression());
    }
    return { kind: 'tuple', items, at: first.at };
  }

  expression(): Expression {
    let value = this.or();
    while (this.word('if')) {
      const condition = this.or();
      const otherwise = this.word('else') ? this.expression() : undefined;
      value = { kind: 'if', condition, value, at: value.at, ...(otherwise ? { otherwise } : {}) };
    }
    return value;
  }

  or(): Expression {
    let left = this.#and();
    while (this.word('or')) left = { kind: 'or', left, right: this.#and(), at: left.at };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.word('and')) left = { kind: 'and', left, right: this.#not(), at: left.at };
    return left;
  }

  #not(): Expression {
    const { start } = this.token;
    return this.word('not') ? { kind: 'not', value: this.#not(), at: start } : this.#compare();
  }

  #compare(): Expression {
    const first = this.#math1();
    const rest: { operator: string; value: Expression }[] = [];
    for (;;) {
      const { value, kind } = this.token;
      if (kind === 'operator' && COMPARE.includes(value)) {
        this.index++;
        rest.push({ operator: value, value: this.#math1() });
      } else if (this.word('in')) rest.push({ operator: 'in', value: this.#math1() });
      else if (this.is('not', 'name') && this.tokens[this.index + 1]?.value === 'in') {
        this.index += 2;
        rest.push({ operator: 'not in', value: this.#math1() });
      } else break;
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest, at: first.at };
  }

  #binary(operators: readonly string[], next: () => Expression): Expression {
    let left = next();
    while (this.token.kind === 'operator' && operators.includes(this.token.value)) {
      const operator = this.token.value;
      this.index++;
      left = { kind: 'binary', operator, left, right: next(), at: left.at };
    }
    return left;
  }

  #math1 = (): Expression => this.#binary(['+', '-'], this.#concat);
  #concat = (): Expression => this.#binary(['~'], this.#math2);
  #math2 = (): Expression => this.#binary(['*', '/', '//', '%'], this.#power);
  // In Jinja a sign binds closer than a power, and powers go from left to right.
  #power = (): Expression => this.#binary(['**'], () => this.#unary());

  #unary(filters = true): Expression {
    const { start } = this.token;
    let value: Expression;
    if (this.take('-')) value = { kind: 'negative', value: this.#unary(false), at: start };
    else if (this.take('+')) value = { kind: 'positive', value: this.#unary(false), at: start };
    else value = this.#postfix(this.#primary());
    return filters ? this.#filters(value) : value;
  }

  #primary(): Expression {
    const token = this.token;
    const at = token.start;
    this.index++;
    switch (token.kind) {
      case 'string': {
        let value = token.value;
        while (this.token.kind === 'string') value += this.tokens[this.index++]?.value ?? '';
        return { kind: 'literal', value, at, ...(/\{[{%#]/.test(value) ? { template: true } : {}) };
      }
      case 'integer':
        return { kind: 'literal', value: integerIn(token.value), at };
      case 'float':
        return { kind: 'literal', value: Number(token.value), float: true, at };
      case 'name':
        return this.#named(token);
      default:
    }
    this.index--;
    if (this.take('(')) return this.#group(at);
    if (this.take('[')) return { kind: 'list', items: this.#items(']'), at };
    if (this.take('{')) return this.#dict(at);
    throw this.unexpected('expected a value');
  }

  #named({ value, start }: Token): Expression {
    const literal = LITERALS.get(value);
    return literal === undefined
      ? { kind: 'name', name: value, at: start }
      : { kind: 'literal', value: literal, at: start };
  }

  #group(at: number): Expression {
    if (this.take(')')) return { kind: 'tuple', items: [], at };
    const value = this.tuple();
    this.expect(')');
    return value;
  }

  #items(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.take(close)) {
      items.push(this.expression());
      if (!this.is(close)) this.expect(',');
    }
    return items;
  }

  #dict(at: number): Expression {
    const pairs: [Expression, Expression][] = [];
    while (!this.take('}')) {
      const key = this.expression();
      this.expect(':');
      pairs.push([key, this.expression()]);
      if (!this.is('}')) this.expect(',');
    }
    return { kind: 'dict', pairs, at };
  }

  #postfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.take('.')) {
        const key = this.token;
        if (key.kind !== 'name' && key.kind !== 'integer') throw this.unexpected('expected a name after the dot');
        this.index++;
        const literal = key.kind === 'integer' ? Number(key.value) : key.value;
        const name: Expression = { kind: 'literal', value: literal, at: key.start };
        value = { kind: 'member', object: value, key: name, dotted: true, at: value.at };
      } else if (this.take('[')) value = this.#subscript(value);
      else if (this.is('(')) value = { kind: 'call', callee: value, args: this.arguments(), at: value.at };
      else return value;
    }
  }

  #subscript(object: Expression): Expression {
    const parts: (Expression | undefined)[] = [undefined];
    while (!this.take(']')) {
      if (this.take(':')) parts.push(undefined);
      else if (parts.at(-1)) throw this.unexpected('expected "]"');
      else parts[parts.length - 1] = this.tuple();
    }
    const [from, to, step] = parts;
    if (parts.length === 1) {
      if (!from) throw this.unexpected('expected an index');
      return { kind: 'member', object, key: from, dotted: false, at: object.at };
    }
    const edges = { ...(from ? { from } : {}), ...(to ? { to } : {}), ...(step ? { step } : {}) };
    return { kind: 'slice', object, at: object.at, ...edges };
  }

  /** The arguments of a call, the parentheses included. */
  arguments(): Arguments {
    this.expect('(');
    const args: Arguments = { positional: [], named: [] };
    while (!this.take(')')) {
      if (this.token.kind === 'name' && this.tokens[this.index + 1]?.value === '=') {
        const name = this.name().value;
        this.expect('=');
        args.named.push([name, this.expression()]);
      } else args.positional.push(this.expression());
      if (!this.is(')')) this.expect(',');
    }
    return args;
  }

  #filters(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.take('|')) value = { kind: 'filter', value, ...this.filterCall() };
      else if (this.word('is')) value = this.#test(value);
      else if (this.is('(')) value = { kind: 'call', callee: value, args: this.arguments(), at: value.at };
      else return value;
    }
  }

  /** A filter's name and arguments. */
  filterCall(): { name: string; args: Arguments; at: number } {
    const { value, start } = this.dottedName();
    return { name: value, args: this.is('(') ? this.arguments() : { positional: [], named: [] }, at: start };
  }

  protected dottedName(): { value: string; start: number } {
    const first = this.name();
    let { value } = first;
    while (this.take('.')) value += `.${this.name().value}`;
    return { value, start: first.start };
  }

  #test(value: Expression): Expression {
    const negated = this.word('not');
    const { value: name, start } = this.dottedName();
    let args: Arguments = { positional: [], named: [] };
    if (this.is('(')) args = this.arguments();
    else if (this.is('is', 'name'))
      throw this.unexpected('tests with "is" cannot follow one another: put the first in brackets');
    else if (this.startsOperand()) args = { positional: [this.#postfix(this.#primary())], named: [] };
    return { kind: 'test', name, value, args, negated, at: start };
  }
}
