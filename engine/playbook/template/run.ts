import { bindTargets, blocksOf } from './bodies.ts';
import type { Evaluator } from './evaluate.ts';
import { Locals } from './locals.ts';
import { loopOf } from './loop.ts';
import { type MacroParts, macroOf } from './macro.ts';
import { concat, printed } from './print.ts';
import { type Callable, defined, iterate, Namespace, str, truthy, Undefined, UseProblem } from './python.ts';
import type { Expression, Statement } from './syntax.ts';

/** A template as it is run: its statements, and where its includes are looked for. */
export interface Loaded {
  statements: readonly Statement[];
  file: string;
  /** The file's text; absent for a template inside a YAML file. */
  text?: string;
}

/** What running a template needs: its expressions' values, and other templates. */
export interface Stage {
  evaluator: Evaluator;
  load(file: string): Loaded | undefined;
  /** The same without the playbook's variables: what a template imported without context sees. */
  bare(): Stage;
  /** Runs `body`, placing its errors in that template. */
  inside<T>(template: Loaded, body: () => T): T;
}

/** Bodies of a block by name, the most derived first. */
type Blocks = Map<string, readonly Statement[][]>;

/** What a template puts out, in pieces: a single piece keeps its type. */
export function runTemplate(template: Loaded, stage: Stage, locals = new Locals()): unknown[] {
  return new Runner(stage).template(template, locals, new Map());
}

class Runner {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  template(template: Loaded, locals: Locals, derived: Blocks): unknown[] {
    const blocks: Blocks = new Map(derived);
    for (const { name, body } of blocksOf(template.statements)) blocks.set(name, [...(blocks.get(name) ?? []), body]);
    const base = template.statements.find((statement) => statement.kind === 'extends');
    const out: unknown[] = [];
    if (base?.kind !== 'extends') {
      this.#all(template.statements, locals, out, blocks);
      return out;
    }
    // What a derived template prints outside its blocks is not shown; what it sets is seen.
    this.#all(template.statements, locals, [], blocks);
    const parent = this.#find(base.file, locals);
    return this.#stage.inside(parent, () => this.template(parent, locals, blocks));
  }

  #all(body: readonly Statement[], locals: Locals, out: unknown[], blocks: Blocks): void {
    for (const statement of body) this.#one(statement, locals, out, blocks);
  }

  #value(body: readonly Statement[], locals: Locals, blocks: Blocks): unknown {
    const out: unknown[] = [];
    this.#all(body, locals, out, blocks);
    return concat(out);
  }

  #one(statement: Statement, locals: Locals, out: unknown[], blocks: Blocks): void {
    const { evaluator } = this.#stage;
    switch (statement.kind) {
      case 'text':
        out.push(statement.value);
        return;
      case 'output':
        out.push(printed(evaluator.evaluate(statement.value, locals)));
        return;
      case 'if': {
        const taken = statement.branches.find(({ condition }) => truthy(evaluator.use(condition, locals)));
        this.#all(taken?.body ?? statement.otherwise, locals, out, blocks);
        return;
      }
      case 'for':
        this.#for(statement, locals, out, blocks);
        return;
      case 'set':
        this.#set(statement.targets, evaluator.use(statement.value, locals), locals);
        return;
      case 'include':
      case 'import':
      case 'from':
        this.#other(statement, locals, out);
        return;
      case 'extends':
        return;
      default:
        this.#bodied(statement, locals, out, blocks);
    }
  }

  #bodied(
    statement: Extract<Statement, { kind: 'capture' | 'macro' | 'call' | 'filter' | 'with' | 'block' }>,
    locals: Locals,
    out: unknown[],
    blocks: Blocks,
  ): void {
    const { evaluator } = this.#stage;
    switch (statement.kind) {
      case 'capture': {
        const value = this.#value(statement.body, new Locals(locals), blocks);
        this.#set([statement.target], this.#filtered(value, statement.filters, locals), locals);
        return;
      }
      case 'filter':
        out.push(this.#filtered(this.#value(statement.body, new Locals(locals), blocks), statement.filters, locals));
        return;
      case 'macro':
        locals.set(statement.name, this.#macro(statement, statement.name, locals, blocks));
        return;
      case 'call': {
        const caller = this.#macro(statement, 'caller', locals, blocks);
        const { call } = statement;
        if (call.kind !== 'call') throw new UseProblem('a call block calls a macro');
        const [args, named] = evaluator.arguments(call.args, locals);
        out.push((evaluator.use(call.callee, locals) as Callable)(args, { ...named, caller }));
        return;
      }
      case 'with': {
        const inner = new Locals(locals);
        for (const [name, value] of statement.values) inner.set(name, evaluator.use(value, inner));
        this.#all(statement.body, inner, out, blocks);
        return;
      }
      default:
        this.#block(blocks.get(statement.name) ?? [statement.body], locals, out, blocks);
    }
  }

  #block(bodies: readonly Statement[][], locals: Locals, out: unknown[], blocks: Blocks): void {
    const [body = [], ...parents] = bodies;
    const above: Callable = () => {
      const text: unknown[] = [];
      this.#block(parents, locals, text, blocks);
      return concat(text);
    };
    this.#all(body, new Locals(locals, { super: above }), out, blocks);
  }

  #filtered(
    given: unknown,
    filters: Extract<Statement, { kind: 'filter' | 'capture' }>['filters'],
    locals: Locals,
  ): unknown {
    let value = given;
    for (const { name, args } of filters)
      value = this.#stage.evaluator.filter(name, value, ...this.#stage.evaluator.arguments(args, locals));
    return value;
  }

  /** `again`: a recursive loop called for further items. */
  #for(
    statement: Extract<Statement, { kind: 'for' }>,
    locals: Locals,
    out: unknown[],
    blocks: Blocks,
    again?: { items: readonly unknown[]; depth: number },
  ): void {
    const { evaluator } = this.#stage;
    const rounds: [unknown, Locals][] = [];
    const depth = again?.depth ?? 1;
    for (const item of again?.items ?? iterate(evaluator.use(statement.items, locals))) {
      const inner = new Locals(locals);
      bindTargets(statement.targets, item, inner);
      if (statement.condition && !truthy(evaluator.use(statement.condition, inner))) continue;
      rounds.push([item, inner]);
    }
    if (rounds.length === 0) this.#all(statement.otherwise, locals, out, blocks);
    const items = rounds.map(([item]) => item);
    const memory = {};
    rounds.forEach(([, inner], index) => {
      const recurse: Callable = ([inside]) => {
        const text: unknown[] = [];
        this.#for(statement, locals, text, blocks, { items: iterate(defined(inside)), depth: depth + 1 });
        return concat(text);
      };
      const call = statement.recursive ? recurse : undefined;
      inner.set('loop', loopOf(items, index, depth, memory, call));
      this.#all(statement.body, inner, out, blocks);
    });
  }

  #set(targets: readonly Expression[], value: unknown, locals: Locals): void {
    const values = targets.length === 1 ? [value] : iterate(value);
    if (values.length !== targets.length)
      throw new UseProblem(`${targets.length} names are set from ${values.length} values`);
    for (const [index, target] of targets.entries()) {
      if (target.kind === 'name') locals.set(target.name, values[index]);
      else if (target.kind === 'member') this.#setMember(target, values[index], locals);
    }
  }

  #setMember({ object, key }: Extract<Expression, { kind: 'member' }>, value: unknown, locals: Locals): void {
    const owner = defined(this.#stage.evaluator.evaluate(object, locals));
    if (!(owner instanceof Namespace)) throw new UseProblem('only members of a namespace() can be set');
    owner.members[String(key.kind === 'literal' ? key.value : '')] = value;
  }

  #macro({ parameters, body }: MacroParts, name: string, locals: Locals, blocks: Blocks): Callable {
    const { evaluator } = this.#stage;
    return macroOf(name, { parameters, body }, (given) => {
      const inner = new Locals(locals);
      for (const [key, value] of given(inner, (expression) => evaluator.use(expression, inner))) inner.set(key, value);
      return this.#value(body, inner, blocks);
    });
  }

  #find(file: Expression, locals: Locals): Loaded {
    const wanted = this.#stage.evaluator.use(file, locals);
    const names = Array.isArray(wanted) ? wanted.map(str) : [str(wanted)];
    for (const name of names) {
      const found = this.#stage.load(name);
      if (found) return found;
    }
    throw new UseProblem(`there is no template "${names.join('", "')}"`);
  }

  #other(statement: Extract<Statement, { kind: 'include' | 'import' | 'from' }>, locals: Locals, out: unknown[]): void {
    if (statement.kind === 'include' && statement.optional) {
      const names = this.#stage.evaluator.use(statement.file, locals);
      if (!(Array.isArray(names) ? names : [names]).some((name) => this.#stage.load(str(name)))) return;
    }
    const template = this.#find(statement.file, locals);
    // What is imported sees what was set by then.
    const outer = statement.kind === 'include' ? locals : locals.copy();
    const inner = new Locals(statement.context ? outer : undefined);
    const runner = statement.context ? this : new Runner(this.#stage.bare());
    const pieces = this.#stage.inside(template, () => runner.template(template, inner, new Map()));
    if (statement.kind === 'include') out.push(...pieces);
    else if (statement.kind === 'import') locals.set(statement.name, inner.own());
    else {
      const own = inner.own();
      for (const [name, as] of statement.names) {
        const value = own[name];
        locals.set(as, value === undefined ? new Undefined(name, () => Object.keys(own), statement.at) : value);
      }
    }
  }
}
