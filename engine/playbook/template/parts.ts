import { ExpressionParser } from './parser.ts';
import type { Expression, Parameter, Targets } from './syntax.ts';

/** What several statements of Jinja are made of. */
export class PartsParser extends ExpressionParser {
  protected parameters(): Parameter[] {
    if (!this.take('(')) return [];
    const parameters: Parameter[] = [];
    while (!this.take(')')) {
      const name = this.name().value;
      const value = this.take('=') ? this.expression() : undefined;
      if (!value && parameters.at(-1)?.value)
        throw this.unexpected(`"${name}" needs a value too: the one before it has one`);
      parameters.push(value ? { name, value } : { name });
      if (!this.is(')')) this.expect(',');
    }
    return parameters;
  }

  protected filterChain(): ReturnType<ExpressionParser['filterCall']>[] {
    const filters = [this.filterCall()];
    while (this.take('|')) filters.push(this.filterCall());
    return filters;
  }

  protected withValues(): [string, Expression][] {
    const values: [string, Expression][] = [];
    while (this.token.kind === 'name') {
      const name = this.name().value;
      this.expect('=');
      values.push([name, this.expression()]);
      if (!this.take(',')) break;
    }
    return values;
  }

  protected targets(): Targets {
    const one = (): string | Targets => {
      if (!this.take('(')) return this.name().value;
      const inner = this.targets();
      this.expect(')');
      return inner;
    };
    const targets = [one()];
    while (this.take(',')) targets.push(one());
    return targets;
  }

  /** Whether the other template sees this one's names. */
  protected context(usual: boolean): boolean {
    const context = this.word('with') || (this.word('without') ? false : undefined);
    if (context === undefined) return usual;
    this.expect('context', 'name');
    return context;
  }

  /** A name, or the member of a namespace. */
  protected target(): Expression {
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
}
