import { mappingOf, type Value } from '../../value.ts';
import { filterOf, taken, testArguments, testOf } from './apply.ts';
import { bindArguments, type FileUse, type Named, type Use } from './environment.ts';
import type { Locals } from './locals.ts';
import { LoopContext } from './loop.ts';
import { isMacro } from './macro.ts';
import { absent, memberOf } from './members.ts';
import { methodOf } from './methods.ts';
import { binary, compare } from './operators.ts';
import {
  type Callable,
  defined,
  entriesOf,
  Float,
  isInteger,
  isNumber,
  keyIn,
  Nothing,
  numberOf,
  str,
  truthy,
  typeName,
  Undefined,
  UseProblem,
} from './python.ts';
import { sliceOf } from './slice.ts';
import type { Arguments, Expression } from './syntax.ts';

const LOOKUP_NAMES = ['lookup', 'query', 'q'];

/** Evaluates expressions over the variables of one scope. */
export abstract class Evaluator implements Use {
  abstract readonly paths: Use['paths'];
  abstract variable(name: string): unknown;
  abstract variables(): Iterable<string>;
  abstract render(value: Value): Value;
  abstract readText(path: string): string;
  abstract renderFile(path: string, use?: FileUse): unknown;
  /** Texts in an expression that are templates are rendered, as Ansible does in conditions and in terms of lookups. */
  embedded = false;
  /** A function that every template may call. */
  protected abstract global(name: string): unknown;

  /** The value, which may be undefined: see `defined`. */
  evaluate(expression: Expression, locals: Locals): unknown {
    try {
      return this.#value(expression, locals);
    } catch (thrown) {
      if (thrown instanceof UseProblem) thrown.at ??= expression.at;
      throw thrown;
    }
  }

  /** The value, which is used. */
  use(expression: Expression, locals: Locals): unknown {
    return defined(this.evaluate(expression, locals));
  }

  #value(expression: Expression, locals: Locals): unknown {
    switch (expression.kind) {
      case 'literal':
        if (expression.template && this.embedded)
          return this.withEmbedded(false, () => this.render(expression.value as string));
        return expression.float && Number.isInteger(expression.value)
          ? new Float(expression.value as number)
          : expression.value;
      case 'name':
        return this.#name(expression.name, expression.at, locals);
      case 'list':
      case 'tuple':
        return expression.items.map((item) => this.use(item, locals));
      case 'dict':
        return mappingOf(
          expression.pairs.map(([key, value]) => [keyIn(this.use(key, locals)), this.use(value, locals)] as const),
        );
      case 'member':
        return this.#member(expression, locals);
      case 'slice':
        return this.#slice(expression, locals);
      case 'call':
        return this.#call(expression, locals);
      case 'filter':
        return this.#filter(expression, locals);
      case 'test':
        return this.#test(expression, locals) !== expression.negated;
      case 'if':
        return this.#if(expression, locals);
      default:
        return this.#operation(expression, locals);
    }
  }

  #operation(
    expression: Extract<Expression, { kind: 'not' | 'negative' | 'positive' | 'and' | 'or' | 'binary' | 'compare' }>,
    locals: Locals,
  ): unknown {
    switch (expression.kind) {
      case 'not':
        return !truthy(this.use(expression.value, locals));
      case 'negative':
      case 'positive':
        return signed(this.use(expression.value, locals), expression.kind === 'negative' ? -1 : 1);
      case 'and': {
        const left = this.use(expression.left, locals);
        return truthy(left) ? this.evaluate(expression.right, locals) : left;
      }
      case 'or': {
        const left = this.use(expression.left, locals);
        return truthy(left) ? left : this.evaluate(expression.right, locals);
      }
      case 'binary':
        return this.#binary(expression, locals);
      default: {
        let left = this.use(expression.first, locals);
        for (const { operator, value } of expression.rest) {
          const right = this.use(value, locals);
          if (!compare(operator, left, right)) return false;
          left = right;
        }
        return true;
      }
    }
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, locals: Locals): unknown {
    const [first, second] = [this.use(left, locals), this.use(right, locals)];
    // Only a tuple gives a text several values to format; a list is one value.
    const one = operator === '%' && typeof first === 'string' && Array.isArray(second) && right.kind !== 'tuple';
    return binary(operator, first, one ? [second] : second);
  }

  #name(name: string, at: number, locals: Locals): unknown {
    const local = locals.get(name);
    if (local !== undefined) return local;
    const value = this.variable(name);
    if (value !== undefined) return value;
    return this.global(name) ?? new Undefined(name, () => [...locals.names(), ...this.variables()], at);
  }

  #member(expression: Extract<Expression, { kind: 'member' }>, locals: Locals): unknown {
    const object = this.evaluate(expression.object, locals);
    if (object instanceof Undefined) return object;
    const key = this.use(expression.key, locals);
    const method = expression.dotted && typeof key === 'string' ? methodOf(object, key) : undefined;
    const value = method ?? memberOf(object, key);
    return value === undefined ? absent(object, key, expression) : value;
  }

  member(value: unknown, key: unknown): unknown {
    if (value instanceof Undefined) return value;
    const found = memberOf(value, key);
    if (found !== undefined) return found;
    return new Undefined(str(key), () => (entriesOf(value) ?? []).map(([name]) => String(name)), 0);
  }

  #slice({ object, from, to, step }: Extract<Expression, { kind: 'slice' }>, locals: Locals): unknown {
    const edge = (part: Expression | undefined): number | undefined => {
      const value = part === undefined ? null : this.use(part, locals);
      if (value === null) return undefined;
      if (isInteger(value)) return numberOf(value);
      if (typeof value === 'boolean') return Number(value);
      throw new UseProblem(`a slice goes by whole numbers, and this is ${typeName(value)}`);
    };
    return sliceOf(this.use(object, locals), edge(from), edge(to), edge(step));
  }

  #call({ callee, args }: Extract<Expression, { kind: 'call' }>, locals: Locals): unknown {
    const used = this.evaluate(callee, locals);
    // As in Ansible, what is not there gives nothing when it is called, either.
    if (used instanceof Undefined) return used;
    const called = used instanceof LoopContext ? used.recurse : used;
    if (typeof called !== 'function') throw new UseProblem(`${typeName(called)} is nothing that can be called`);
    const isLookup = callee.kind === 'name' && LOOKUP_NAMES.includes(callee.name);
    const callable = called as Callable;
    const given = this.withEmbedded(this.embedded || isLookup, () => this.arguments(args, locals, isMacro(callable)));
    return callable(...given);
  }

  /** Does something with `embedded` set or not. */
  protected withEmbedded<T>(embedded: boolean, body: () => T): T {
    const before = this.embedded;
    this.embedded = embedded;
    try {
      return body();
    } finally {
      this.embedded = before;
    }
  }

  /** Arguments of a call, each of them defined unless `lenient`. */
  arguments(args: Arguments, locals: Locals, lenient = false): [unknown[], Record<string, unknown>] {
    const value = (one: Expression): unknown => (lenient ? this.evaluate(one, locals) : this.use(one, locals));
    if (args.named.length === 0) return [args.positional.map(value), {}];
    return [args.positional.map(value), Object.fromEntries(args.named.map(([name, one]) => [name, value(one)]))];
  }

  #filter({ name, value, args }: Extract<Expression, { kind: 'filter' }>, locals: Locals): unknown {
    const found = filterOf(name);
    const given = found.lenient ? this.evaluate(value, locals) : this.use(value, locals);
    const bound = bindArguments(name, found, ...this.arguments(args, locals, found.lenient));
    return taken(name, () => found.apply(given, bound, this));
  }

  filter(name: string, value: unknown, args: readonly unknown[] = [], named: Named = {}): unknown {
    const found = filterOf(name);
    const bound = bindArguments(name, found, args, named);
    return taken(name, () => found.apply(found.lenient ? value : defined(value), bound, this));
  }

  #test({ name, value, args }: Extract<Expression, { kind: 'test' }>, locals: Locals): boolean {
    const found = testOf(name);
    const given = found.lenient ? this.evaluate(value, locals) : this.use(value, locals);
    const [positional, named] = this.arguments(args, locals);
    const bound = testArguments(name, found, positional, named);
    return taken(name, () => found.holds(given, bound, this));
  }

  test(name: string, value: unknown, args: readonly unknown[] = []): boolean {
    const found = testOf(name);
    return taken(name, () => found.holds(found.lenient ? value : defined(value), args, this));
  }

  #if({ condition, value, otherwise }: Extract<Expression, { kind: 'if' }>, locals: Locals): unknown {
    if (truthy(this.use(condition, locals))) return this.evaluate(value, locals);
    return otherwise === undefined ? new Nothing(condition.at) : this.evaluate(otherwise, locals);
  }
}

function signed(value: unknown, sign: number): unknown {
  if (isNumber(value) || typeof value === 'boolean') return binary('*', value, sign);
  throw new UseProblem(`${typeName(value)} has no sign`);
}
