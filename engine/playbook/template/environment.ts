import type { Value } from '../../value.ts';
import type { SearchPaths } from '../expression.ts';
import { UseProblem } from './python.ts';

/** What filters, tests and lookups may ask of the template they are used in. */
export interface Use {
  readonly paths: SearchPaths;
  /** A variable's value, rendered; undefined when there is none. */
  variable(name: string): unknown;
  variables(): Iterable<string>;
  filter(name: string, value: unknown, args?: readonly unknown[], named?: Named): unknown;
  test(name: string, value: unknown, args?: readonly unknown[]): boolean;
  /** The value under a key, or an Undefined. */
  member(value: unknown, key: unknown): unknown;
  /** Renders the templates inside a value. */
  render(value: Value): Value;
  /** A file's text, opened when it is vaulted. */
  readText(path: string): string;
  /** Renders a file found by a lookup; a file that is one expression keeps its type. */
  renderFile(path: string, use?: FileUse): unknown;
}

/** How a lookup renders a template file. */
export interface FileUse {
  /** Its name as it was written. */
  written?: string;
  /** Variables of its own. */
  variables?: Named;
  /** Jinja's delimiters and trim_blocks, as the template module names them. */
  options?: Named;
}

export type Named = Readonly<Record<string, unknown>>;

/** A filter: its arguments by Python's names, `*rest` last when any number may follow. */
export interface Filter {
  parameters: readonly string[];
  rest: boolean;
  /** Takes members by any name. */
  anyName: boolean;
  /** The value may be undefined: it is what the filter asks about. */
  lenient: boolean;
  apply: FilterBody;
}

// biome-ignore lint/suspicious/noExplicitAny: a filter's own first lines say what it makes of the value
type FilterBody = (value: any, args: Args, use: Use) => unknown;

/** Arguments by name; `rest` holds what follows the named ones. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Args = Readonly<Record<string, any>> & { rest: readonly unknown[] };

/** Declares a filter. `parameters` are names in order; `*` at the end takes more of them, `**` any names. */
export function filter(parameters: string, apply: FilterBody, lenient = false): Filter {
  const names = parameters.split(' ').filter(Boolean);
  return {
    parameters: names.filter((name) => !name.startsWith('*')),
    rest: names.includes('*'),
    anyName: names.includes('**'),
    lenient,
    apply,
  };
}

/** Gives positional and named arguments the filter's own names. Throws a UseProblem for one too many or unknown. */
export function bindArguments(
  name: string,
  { parameters, rest, anyName }: Filter,
  args: readonly unknown[],
  named: Named,
): Args {
  if (args.length > parameters.length && !rest)
    throw new UseProblem(`${name} takes ${parameters.length || 'no'} arguments, not ${args.length}`);
  const bound: Record<string, unknown> & { rest: readonly unknown[] } = { rest: args.slice(parameters.length) };
  parameters.forEach((parameter, index) => {
    if (index < args.length) bound[parameter] = args[index];
  });
  for (const [key, value] of Object.entries(named)) {
    if (!anyName && !parameters.includes(key)) throw new UseProblem(`${name} has no argument "${key}"`);
    bound[key] = value;
  }
  return bound;
}

/** A test: what `is NAME` asks. */
export interface Test {
  lenient: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: see Filter
  holds(value: any, args: readonly any[], use: Use): boolean;
  /** Names of its arguments in order, where they may be given by name. */
  parameters?: readonly string[];
}
