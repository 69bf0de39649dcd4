import type { Content, Reader, Writer } from './connection/connection.ts';
import { nearest, type Place, Problem } from './problem.ts';
import type { Property } from './property.ts';
import type { Change, Outcome } from './result.ts';
import type { Mapping, Value } from './value.ts';

export type {
  Content,
  Output,
  QueryOptions,
  Reader,
  Stat,
  Survey,
  WriteOptions,
  Writer,
} from './connection/connection.ts';
export * from './kit.ts';
export type { Property } from './property.ts';
export type { Change, Outcome } from './result.ts';
export type { Mapping, Value } from './value.ts';
export { nearest, type Place, Problem };

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
type RequiredKeys<T> = Exclude<keyof T, OptionalKeys<T>>;

/** The only description of a module's arguments: checks, manual and editor support all come from it. */
export interface Schema<Args> {
  type: 'object';
  additionalProperties: false;
  required?: readonly (RequiredKeys<Args> & string)[];
  properties: { readonly [K in keyof Args]-?: Property };
  /** Sets of arguments that exclude each other. */
  mutuallyExclusive?: readonly (readonly (keyof Args & string)[])[];
  /** Sets of which at least one must be given. */
  requiredOneOf?: readonly (readonly (keyof Args & string)[])[];
}

/** What a module may ask of the machine mesh-play runs on, before it looks at the host. Reads only. */
export interface Controller {
  readonly check: boolean;
  /** How many -v were given. */
  readonly verbosity: number;
  /** Inventory name of the host the task is for. */
  readonly host: string;
  /** Where downloads and builds are kept, such as `~/.cache/mesh-play`. */
  readonly cacheFolder: string;
  /** Finds a file as Ansible does: the role's folder of that kind, then the playbook's, then as given. Rejects when missing. */
  find(kind: 'files' | 'templates' | 'vars', path: string): Promise<string>;
  /** A file on the controller as content to write; one that is vaulted is opened, unless `decrypt` is false. */
  file(path: string, decrypt?: boolean): Promise<Content>;
  text(text: string | Uint8Array): Content;
  /** Reads a YAML or JSON file of variables. Rejects when it does not load or is no dictionary. */
  readVars(path: string): Promise<Mapping>;
  /** Renders a template file with the task's variables, with Ansible's defaults for `template`. */
  renderFile(path: string, options?: TemplateOptions): Promise<string>;
  /**
   * Where something was written that the arguments hold, for the `at` of a Problem: `['services', 0, 'name']` is the name of
   * the first item of `services`. Of an argument that is a variable's name, such as `"{{ mesh_services }}"`, it answers where
   * the variable was given: in which file of the inventory, on which line. What was not written as such, but came out of an
   * expression, stands where the nearest thing around it was written.
   */
  placeOf(path: readonly (string | number)[]): Place | undefined;
  /** Never print this value. */
  secret(value: string): void;
  /** Tells how far a long piece of work is. */
  progress(label: string, done: number, total: number): void;
  /** A remark for the person who runs the playbook. */
  warn(text: string): void;
  /** What the person who runs the playbook should know while the task goes on. */
  tell(text: string): void;
  /** Asks the person who runs the playbook; undefined where there is no terminal. */
  ask(question: string, hidden: boolean): Promise<string | undefined>;
  /** Lets time pass. Rejects when the run is interrupted. */
  pause(ms: number): Promise<void>;
  /** Facts gathered from the task's host so far (`ansible_facts`, names without the `ansible_` prefix). */
  readonly facts: Mapping;
}

/** Options of Ansible's template module. */
export interface TemplateOptions {
  /** The file as it was written, and where it goes: what the template may ask of itself. */
  src?: string;
  dest?: string;
  trim_blocks?: boolean;
  lstrip_blocks?: boolean;
  variable_start_string?: string;
  variable_end_string?: string;
  block_start_string?: string;
  block_end_string?: string;
  comment_start_string?: string;
  comment_end_string?: string;
  newline_sequence?: string;
}

interface Common<Args> {
  /** Snake case, equal to the file's name. */
  name: string;
  /** One sentence: what it promises. */
  description: string;
  schema: Schema<Args>;
  /** The argument a bare string stands for (`command: ls`). */
  freeForm?: keyof Args & string;
  /** Example tasks in YAML, for the manual. */
  examples?: string;
}

/** Keeps a state: read it, compare, change what differs. `Ready` is what `prepare` made of the arguments. */
export interface StateModule<Args, State, Ready = Args> extends Common<Args> {
  kind: 'state';
  /** `prepare` makes something on the controller, or takes long: it is not done before the task's turn. */
  makes?: true;
  /** Work on the controller that needs no host: find files, render templates. Runs in check mode too. */
  prepare?(controller: Controller, args: Args): Promise<Ready>;
  /** Reads what is. */
  probe(host: Reader, ready: Ready): Promise<State>;
  /** Pure: what is and what should be in, ordered changes out. Order is the order of work. */
  plan(state: State, ready: Ready): Change[];
  /** Does those changes and no more. `controller` is for progress only. */
  apply(host: Writer, changes: readonly Change[], ready: Ready, controller: Controller, state: State): Promise<void>;
  /** Values for `register`, from the state as it is at the end. */
  returns?(state: State, ready: Ready, changes: readonly Change[]): Mapping;
}

/** Does something each time; has no state to compare. Skipped in check mode. */
export interface ActionModule<Args> extends Common<Args> {
  kind: 'action';
  /** Reads whether there is nothing to do (creates, removes) and answers why. Runs in check mode too. */
  skip?(host: Reader, args: Args): Promise<string | undefined>;
  /** What `skip` says makes the task skipped, and not ok. */
  leavesOut?: true;
  /** Whether `skip` says all there is to know, so that in check mode it counts as a change where it says nothing. */
  foretells?(args: Args): boolean;
  /** What is answered in check mode in place of what it would have answered; default: nothing. */
  unrun?(args: Args): Mapping;
  act(host: Writer, args: Args, controller: Controller): Promise<Outcome>;
}

/** Only reads, so it runs in check mode as well. Never changed. */
export interface QueryModule<Args> extends Common<Args> {
  kind: 'query';
  ask(host: Reader, args: Args, controller: Controller): Promise<Outcome>;
}

/** What a controller module may ask of the task's variables. */
export interface Evaluator {
  /** Value of an expression without braces; rejects with a Problem naming an undefined variable. */
  evaluate(expression: string): Value;
  /** Truth of a condition as `when` takes it. */
  holds(condition: string | boolean): boolean;
}

/** Needs no host: works on variables alone. Runs in check mode as well. */
export interface ControllerModule<Args> extends Common<Args> {
  kind: 'controller';
  /** Takes arguments its schema does not name, as `set_fact` does. */
  anyArgument?: true;
  /** Is evaluated on the first host alone, whatever run_once says; the others know nothing of it. */
  once?: true;
  /** Sets no variable, so what comes after can be looked at before it. */
  setsNothing?: true;
  evaluate(args: Args, evaluator: Evaluator, controller: Controller): Promise<Outcome>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds modules of every argument type
export type Module = StateModule<any, any, any> | ActionModule<any> | QueryModule<any> | ControllerModule<any>;

/** Declares a module that keeps a state. */
export function defineModule<Args, State, Ready = Args>(
  module: Omit<StateModule<Args, State, Ready>, 'kind'>,
): StateModule<Args, State, Ready> {
  return { kind: 'state', ...module };
}

/** Declares a module that acts each time it runs. */
export function defineAction<Args>(module: Omit<ActionModule<Args>, 'kind'>): ActionModule<Args> {
  return { kind: 'action', ...module };
}

/** Declares a module that only reads. */
export function defineQuery<Args>(module: Omit<QueryModule<Args>, 'kind'>): QueryModule<Args> {
  return { kind: 'query', ...module };
}

/** Declares a module that works on variables and touches no host. */
export function defineController<Args>(module: Omit<ControllerModule<Args>, 'kind'>): ControllerModule<Args> {
  return { kind: 'controller', ...module };
}

/** One change for each key whose wanted value is given and differs from the actual one, in the order of `keys`. */
export function compare<State extends object, Args extends object>(
  actual: State,
  wanted: Args,
  keys: readonly (keyof State & keyof Args & string)[],
): Change[] {
  const changes: Change[] = [];
  for (const key of keys) {
    const before = actual[key] as Value | undefined;
    const after = wanted[key] as Value | undefined;
    if (after === undefined || JSON.stringify(before) === JSON.stringify(after)) continue;
    changes.push({ key, before: before ?? null, after });
  }
  return changes;
}
