import { lexTemplate } from './lexer.ts';
import { ExpressionParser } from './parser.ts';
import type { Expression, Parameter, Statement } from './syntax.ts';
import { type Syntax, SyntaxProblem } from './tokens.ts';

/** Reads a template's text. */
export function parseTemplate(text: string, syntax?: Syntax): Statement[] {
  const parser = new StatementParser(lexTemplate(text, syntax));
  return parser.all();
}

class StatementParser extends ExpressionParser {
  all(): Statement[] {
    const body = this.#body([]);
    if (this.token.kind !== 'end') throw this.unexpected('expected the end of the template');
    return body;
  }

  /** Statements up to one of the ending tags, which is left for the caller: the name stands after the opening. */
  #body(until: readonly string[]): Statement[] {
    const body: Statement[] = [];
    for (;;) {
      const token = this.token;
      if (token.kind === 'end') {
        if (until.length > 0) throw new SyntaxProblem(`this template ends before "${until.at(-1)}"`, token.start);
        return body;
      }
      this.index++;
      if (token.kind === 'text') body.push({ kind: 'text', value: token.value, at: token.start });
      else if (token.tag === 'variable') body.push(this.#output());
      else if (this.token.kind === 'name' && until.includes(this.token.value)) return body;
      else body.push(...this.#statement());
    }
  }

  #output(): Statement {
    const value = this.tuple();
    if (this.token.kind !== 'close') throw this.unexpected('expected the end of the expression');
    this.index++;
    return { kind: 'output', value, at: value.at };
  }

  #close(): void {
    if (this.token.kind !== 'close') throw this.unexpected('expected the end of the tag');
    this.index++;
  }

  /** Statements up to `name`, whose tag is read too. */
  #bodyTo(name: string): Statement[] {
    const body = this.#body([name]);
    this.index++;
    // The name of a block or macro may be repeated at its end.
    if (this.token.kind === 'name') this.index++;
    this.#close();
    return body;
  }

  #statement(): Statement[] {
    const { value: tag, start: at } = this.name();
    switch (tag) {
      case 'if':
        return [this.#if(at)];
      case 'for':
        return [this.#for(at)];
      case 'set':
        return [this.#set(at)];
      case 'macro':
        return [
          {
            kind: 'macro',
            at,
            name: this.name().value,
            parameters: this.#parameters(),
            body: this.#closedBody('endmacro'),
          },
        ];
      case 'call':
        return [this.#call(at)];
      case 'filter':
        return [{ kind: 'filter', at, filters: this.#filterChain(), body: this.#closedBody('endfilter') }];
      case 'with':
        return [{ kind: 'with', at, values: this.#withValues(), body: this.#closedBody('endwith') }];
      case 'block':
        return [{ kind: 'block', at, name: this.name().value, body: this.#closedBody('endblock') }];
      case 'include':
        return [this.#include(at)];
      case 'import':
        return [this.#import(at)];
      case 'from':
        return [this.#from(at)];
      case 'extends':
        return [this.#closed({ kind: 'extends', at, file: this.expression() })];
      case 'do':
        return [this.#closed({ kind: 'do', at, value: this.tuple() })];
      default:
        throw new SyntaxProblem(`there is no statement "${tag}"`, at, tag.length);
    }
  }

  #closed(statement: Statement): Statement {
    this.#close();
    return statement;
  }

  #closedBody(end: string): Statement[] {
    this.#close();
    return this.#bodyTo(end);
  }

  #if(at: number): Statement {
    const branches: { condition: Expression; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    for (;;) {
      const condition = this.tuple();
      this.#close();
      branches.push({ condition, body: this.#body(['elif', 'else', 'endif']) });
      const { value: next } = this.name();
      if (next === 'elif') continue;
      this.#close();
      if (next === 'else') otherwise = this.#bodyTo('endif');
      return { kind: 'if', branches, otherwise, at };
    }
  }

  #for(at: number): Statement {
    const targets = [this.name().value];
    while (this.take(',')) targets.push(this.name().value);
    this.expect('in', 'name');
    // `or` and not a whole expression: the `if` that follows is the loop's own.
    const first = this.or();
    const items: Expression = this.is(',') ? { kind: 'tuple', items: this.#more(first), at: first.at } : first;
    const condition = this.word('if') ? this.expression() : undefined;
    if (this.is('recursive', 'name')) throw this.unexpected('a recursive loop is not supported');
    this.#close();
    const body = this.#body(['else', 'endfor']);
    const next = this.name().value;
    this.#close();
    const otherwise = next === 'else' ? this.#bodyTo('endfor') : [];
    return { kind: 'for', targets, items, body, otherwise, at, ...(condition ? { condition } : {}) };
  }

  #more(first: Expression): Expression[] {
    const items = [first];
    while (this.take(',')) items.push(this.or());
    return items;
  }

  #set(at: number): Statement {
    const targets = [this.#target()];
    while (this.take(',')) targets.push(this.#target());
    if (this.take('=')) return this.#closed({ kind: 'set', targets, value: this.tuple(), at });
    const filters = this.take('|') ? this.#filterChain() : [];
    return { kind: 'capture', target: targets[0] as Expression, filters, body: this.#closedBody('endset'), at };
  }

  /** A name, or the member of a namespace. */
  #target(): Expression {
    const { value, start } = this.name();
    const object: Expression = { kind: 'name', name: value, at: start };
    if (!this.take('.')) return object;
    const key = this.name();
    return {
      kind: 'member',
      object,
      key: { kind: 'literal', value: key.value, at: key.start },
      dotted: true,
      at: start,
    };
  }

  #parameters(): Parameter[] {
    if (!this.take('(')) return [];
    const parameters: Parameter[] = [];
    while (!this.take(')')) {
      const name = this.name().value;
      parameters.push(this.take('=') ? { name, value: this.expression() } : { name });
      if (!this.is(')')) this.expect(',');
    }
    return parameters;
  }

  #call(at: number): Statement {
    const parameters = this.#parameters();
    const call = this.expression();
    return { kind: 'call', call, parameters, body: this.#closedBody('endcall'), at };
  }

  #filterChain(): ReturnType<ExpressionParser['filterCall']>[] {
    const filters = [this.filterCall()];
    while (this.take('|')) filters.push(this.filterCall());
    return filters;
  }

  #withValues(): [string, Expression][] {
    const values: [string, Expression][] = [];
    while (this.token.kind === 'name') {
      const name = this.name().value;
      this.expect('=');
      values.push([name, this.expression()]);
      if (!this.take(',')) break;
    }
    return values;
  }

  #include(at: number): Statement {
    const file = this.expression();
    const optional = this.word('ignore');
    if (optional) this.expect('missing', 'name');
    this.#context();
    return this.#closed({ kind: 'include', file, optional, at });
  }

  #context(): void {
    if (this.word('with') || this.word('without')) this.expect('context', 'name');
  }

  #import(at: number): Statement {
    const file = this.expression();
    this.expect('as', 'name');
    const name = this.name().value;
    this.#context();
    return this.#closed({ kind: 'import', file, name, at });
  }

  #from(at: number): Statement {
    const file = this.expression();
    this.expect('import', 'name');
    const names: [string, string][] = [];
    do {
      const name = this.name().value;
      names.push([name, this.word('as') ? this.name().value : name]);
    } while (this.take(','));
    this.#context();
    return this.#closed({ kind: 'from', file, names, at });
  }
}
