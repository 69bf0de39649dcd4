import { readHeader } from './header.ts';
import { lexTemplate } from './lexer.ts';
import { PartsParser } from './parts.ts';
import type { Expression, Statement } from './syntax.ts';
import { DEFAULT_SYNTAX, type Syntax, SyntaxProblem } from './tokens.ts';

/** Reads a template's text. */
export function parseTemplate(text: string, given: Syntax = DEFAULT_SYNTAX): Statement[] {
  const { syntax, from } = readHeader(text, given);
  const parser = new StatementParser(lexTemplate(text, syntax, from));
  return parser.all();
}

class StatementParser extends PartsParser {
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
            parameters: this.parameters(),
            body: this.#closedBody('endmacro'),
          },
        ];
      case 'call':
        return [this.#call(at)];
      case 'filter':
        return [{ kind: 'filter', at, filters: this.filterChain(), body: this.#closedBody('endfilter') }];
      case 'with':
        return [{ kind: 'with', at, values: this.withValues(), body: this.#closedBody('endwith') }];
      case 'block':
        return [this.#block(at)];
      case 'include':
        return [this.#include(at)];
      case 'import':
        return [this.#import(at)];
      case 'from':
        return [this.#from(at)];
      case 'extends':
        return [this.#closed({ kind: 'extends', at, file: this.expression() })];
      default:
        throw new SyntaxProblem(`there is no statement "${tag}"`, at, tag.length);
    }
  }

  #block(at: number): Statement {
    const name = this.name().value;
    // Names of loops around it are seen in any case; `scoped` and `required` are taken for Jinja's sake.
    while (this.word('scoped') || this.word('required'));
    return { kind: 'block', at, name, body: this.#closedBody('endblock') };
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
    const targets = this.targets();
    this.expect('in', 'name');
    // `or` and not a whole expression: the `if` that follows is the loop's own.
    const first = this.or();
    const items: Expression = this.is(',') ? { kind: 'tuple', items: this.#more(first), at: first.at } : first;
    const condition = this.word('if') ? this.expression() : undefined;
    const recursive = this.word('recursive');
    this.#close();
    const body = this.#body(['else', 'endfor']);
    const next = this.name().value;
    this.#close();
    const otherwise = next === 'else' ? this.#bodyTo('endfor') : [];
    return { kind: 'for', targets, items, body, otherwise, at, recursive, ...(condition ? { condition } : {}) };
  }

  #more(first: Expression): Expression[] {
    const items = [first];
    while (this.take(',')) items.push(this.or());
    return items;
  }

  #set(at: number): Statement {
    const targets = [this.target()];
    while (this.take(',')) targets.push(this.target());
    if (this.take('=')) return this.#closed({ kind: 'set', targets, value: this.tuple(), at });
    const filters = this.take('|') ? this.filterChain() : [];
    return { kind: 'capture', target: targets[0] as Expression, filters, body: this.#closedBody('endset'), at };
  }

  #call(at: number): Statement {
    const parameters = this.parameters();
    const call = this.expression();
    return { kind: 'call', call, parameters, body: this.#closedBody('endcall'), at };
  }

  #include(at: number): Statement {
    const file = this.expression();
    const optional = this.word('ignore');
    if (optional) this.expect('missing', 'name');
    const context = this.context(true);
    return this.#closed({ kind: 'include', file, optional, context, at });
  }

  #import(at: number): Statement {
    const file = this.expression();
    this.expect('as', 'name');
    const name = this.name().value;
    const context = this.context(false);
    return this.#closed({ kind: 'import', file, name, context, at });
  }

  #from(at: number): Statement {
    const file = this.expression();
    this.expect('import', 'name');
    const names: [string, string][] = [];
    do {
      const name = this.name().value;
      names.push([name, this.word('as') ? this.name().value : name]);
    } while (this.take(','));
    const context = this.context(false);
    return this.#closed({ kind: 'from', file, names, context, at });
  }
}
