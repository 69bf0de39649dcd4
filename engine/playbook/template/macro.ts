import type { Locals } from './locals.ts';
import { type Callable, Undefined, UseProblem } from './python.ts';
import type { Expression, Parameter, Statement } from './syntax.ts';

/** What a macro, or the body of a call block, is made of. */
export interface MacroParts {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

/** The names a call gives their values, one after the other, so that a default may use those before it. */
type Given = (inner: Locals, use: (expression: Expression) => unknown) => Iterable<readonly [string, unknown]>;

const MACROS = new WeakSet<Callable>();

/** Whether a function is a macro, which may be given what is not there. */
export const isMacro = (callable: Callable): boolean => MACROS.has(callable);

/** A macro as a function: its arguments are bound as Jinja binds them, and `run` renders the body. */
export function macroOf(name: string, { parameters, body }: MacroParts, run: (given: Given) => unknown): Callable {
  const written = JSON.stringify(body);
  const uses = (word: string): boolean => written.includes(`"kind":"name","name":"${word}"`);
  const [takesMore, takesAny] = [uses('varargs'), uses('kwargs')];
  const macro: Callable = (args, { caller, ...named }) => {
    const names = parameters.map((parameter) => parameter.name);
    if (args.length > names.length && !takesMore)
      throw new UseProblem(`macro "${name}" takes not more than ${names.length} arguments, and this is ${args.length}`);
    const others = Object.entries(named).filter(([key]) => !names.includes(key));
    const unknown = others[0]?.[0];
    if (unknown !== undefined && !takesAny)
      throw new UseProblem(`macro "${name}" takes no keyword argument "${unknown}"`);
    return run(function* (_inner, use) {
      if (caller !== undefined) yield ['caller', caller];
      for (const [index, parameter] of parameters.entries()) yield [parameter.name, given(parameter, args[index], use)];
      yield ['varargs', args.slice(names.length)];
      yield ['kwargs', Object.fromEntries(others)];
    });

    function given(parameter: Parameter, value: unknown, use: (expression: Expression) => unknown): unknown {
      const found = value === undefined ? named[parameter.name] : value;
      if (found !== undefined) return found;
      return parameter.value ? use(parameter.value) : new Undefined(parameter.name, () => [], 0);
    }
  };
  MACROS.add(macro);
  return macro;
}
