import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Problem } from '../../problem.ts';
import type { Value } from '../../value.ts';
import type { Scope } from '../expression.ts';
import type { Source } from '../node.ts';
import { type About, aboutTemplate, MANAGED } from './about.ts';
import type { FileUse } from './environment.ts';
import { Evaluator } from './evaluate.ts';
import { globalsOf } from './globals.ts';
import { problemWithin } from './place.ts';
import type { Loaded, runTemplate } from './run.ts';

/** What renders what a scope finds, and reads the files it names. */
interface Renderer {
  renderWith(value: Value, evaluator: ScopeEvaluator): Value;
  readText(path: string): string;
  parseFile(text: string): Loaded['statements'];
  valueOfFile(source: Source, evaluator: ScopeEvaluator, options: Readonly<Record<string, unknown>>): unknown;
}

/** One scope's variables: each is rendered when a template first uses it, and kept. */
export class ScopeEvaluator extends Evaluator {
  readonly paths: Scope['paths'];
  readonly stage: Parameters<typeof runTemplate>[1];
  readonly #renderer: Renderer;
  readonly #scope: Scope;
  readonly #file: string | undefined;
  readonly #about: About;
  /** A variable that speaks of the template it is used in is worked out for each. */
  #spokeOfFile = false;
  readonly #rendering = new Set<string>();
  #globals: Readonly<Record<string, unknown>> | undefined;

  constructor(renderer: Renderer, scope: Scope, file?: string, about: About = {}) {
    super();
    this.#renderer = renderer;
    this.#scope = scope;
    this.#file = file;
    this.#about = about;
    this.paths = scope.paths;
    this.stage = {
      evaluator: this,
      load: (name) => this.#load(name),
      bare: () => new ScopeEvaluator(renderer, bareScope(scope), file).stage,
      inside: (template, body) => inside(template, body),
    };
  }

  variable(name: string): unknown {
    if (Object.hasOwn(this.#about, name)) {
      this.#spokeOfFile = true;
      return this.#about[name]?.();
    }
    const kept = this.#scope.cache.get(name);
    if (kept !== undefined) return kept;
    const found = this.#scope.lookup(name);
    if (!found) return undefined;
    if (!found.template || typeof found.value === 'number' || typeof found.value === 'boolean') return found.value;
    if (this.#rendering.has(name)) throw circle([...this.#rendering, name]);
    this.#rendering.add(name);
    const spoke = this.#spokeOfFile;
    this.#spokeOfFile = false;
    try {
      const value = this.withEmbedded(false, () => this.#renderer.renderWith(found.value, this));
      if (!this.#spokeOfFile) this.#scope.cache.set(name, value);
      return value;
    } catch (thrown) {
      throw throughVariable(thrown, name);
    } finally {
      this.#rendering.delete(name);
      this.#spokeOfFile ||= spoke;
    }
  }

  variables(): Iterable<string> {
    return this.#scope.names();
  }

  protected global(name: string): unknown {
    if (this.#file !== undefined && Object.hasOwn(MANAGED, name)) return MANAGED[name];
    this.#globals ??= globalsOf(this);
    return Object.hasOwn(this.#globals, name) ? this.#globals[name] : undefined;
  }

  readText(path: string): string {
    return this.#renderer.readText(path);
  }

  render(value: Value): Value {
    return this.#renderer.renderWith(value, this);
  }

  renderFile(path: string, { written, variables = {}, options = {} }: FileUse = {}): unknown {
    const scope = Object.keys(variables).length === 0 ? this.#scope : withOwn(this.#scope, variables);
    const inner = new ScopeEvaluator(this.#renderer, scope, path, aboutTemplate(path, written, undefined));
    return this.#renderer.valueOfFile({ file: path, text: this.readText(path) }, inner, options);
  }

  /** Another template: beside this one, then where templates are looked for. */
  #load(name: string): Loaded | undefined {
    const beside = this.#file === undefined ? [] : [join(dirname(this.#file), name)];
    const tried = isAbsolute(name)
      ? [name]
      : [...beside, ...this.paths.folders.flatMap((folder) => [join(folder, 'templates', name), join(folder, name)])];
    const file = tried.find((path) => existsSync(path));
    if (file === undefined) return undefined;
    const source = { file, text: this.readText(file) };
    try {
      return { statements: this.#renderer.parseFile(source.text), ...source };
    } catch (thrown) {
      throw problemWithin(thrown, source);
    }
  }
}

const withOwn = (scope: Scope, variables: Readonly<Record<string, unknown>>): Scope => ({
  lookup: (name) =>
    Object.hasOwn(variables, name) ? { value: variables[name] as Value, template: false } : scope.lookup(name),
  names: () => [...Object.keys(variables), ...scope.names()],
  cache: new Map(),
  paths: scope.paths,
});

const bareScope = ({ paths }: Scope): Scope => ({ lookup: () => undefined, names: () => [], cache: new Map(), paths });

function inside<T>(template: Loaded, body: () => T): T {
  try {
    return body();
  } catch (thrown) {
    throw problemWithin(thrown, { file: template.file, text: template.text ?? '' });
  }
}

function circle(names: readonly string[]): Problem {
  const start = names.indexOf(names.at(-1) ?? '');
  return new Problem({
    code: 'recursive-variable',
    what: `the variable "${names.at(-1)}" is made of itself: ${names.slice(start).join(' → ')}`,
  });
}

/** An error inside a variable that was not read from a file of its own says which variable it is. */
function throughVariable(thrown: unknown, name: string): unknown {
  if (!(thrown instanceof Problem) || thrown.at || thrown.why) return thrown;
  return new Problem({ ...thrown.parts(), why: `it is used in the variable "${name}"` });
}
