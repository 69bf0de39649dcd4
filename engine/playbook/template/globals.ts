import { Lookup, mappingOf, OMIT, type Value } from '../../value.ts';
import type { Use } from './environment.ts';
import { lookUpWith } from './lookups.ts';
import {
  type Callable,
  entriesOf,
  isNumber,
  iterate,
  keyIn,
  Namespace,
  numberOf,
  str,
  Undefined,
  UseProblem,
} from './python.ts';
import { clock, clockTime, strftimeOf } from './time.ts';

const LONGEST_RANGE = 100_000;

const range: Callable = (args, named) => {
  if (args.length === 0 || Object.keys(named).length > 0)
    throw new UseProblem('range takes one to three numbers, and nothing by name');
  const [first = 0, second, step = 1] = args.map((one) => (isNumber(one) ? numberOf(one) : Number.NaN));
  const [start, end] = second === undefined ? [0, first] : [first, second];
  if ([start, end, step].some(Number.isNaN) || step === 0)
    throw new UseProblem('range takes whole numbers and a step that is not 0');
  const length = Math.max(0, Math.ceil((end - start) / step));
  if (length > LONGEST_RANGE) throw new UseProblem(`a range of ${length} numbers is longer than ${LONGEST_RANGE}`);
  return Array.from({ length }, (_, index) => start + index * step);
};

const dict: Callable = ([from], named) => {
  const entries =
    from === undefined ? [] : (entriesOf(from) ?? iterate(from).map((pair) => iterate(pair) as [unknown, unknown]));
  return mappingOf([...entries.map(([key, value]) => [keyIn(key), value] as const), ...Object.entries(named)]);
};

/** Jinja's cycler: its values in turn. */
const cycler: Callable = (items) => {
  if (items.length === 0) throw new UseProblem('cycler needs at least one value');
  const members: Record<string, unknown> = { current: items[0] };
  let at = 0;
  const move = (to: number): void => {
    at = to % items.length;
    members['current'] = items[at];
  };
  const next: Callable = () => {
    const value = items[at];
    move(at + 1);
    return value;
  };
  const reset: Callable = () => {
    move(0);
    return null;
  };
  members['next'] = next;
  members['reset'] = reset;
  return new Namespace(members);
};

/** Jinja's joiner: nothing the first time, then the separator. */
const joiner: Callable = ([separator], named) => {
  let used = false;
  const join: Callable = () => {
    const text = used ? str(separator ?? named['sep'] ?? ', ') : '';
    used = true;
    return text;
  };
  return join;
};

/** The `vars` dictionary: every variable by name. */
class Vars extends Lookup {
  readonly #use: Use;

  constructor(use: Use) {
    super();
    this.#use = use;
  }

  get(name: string): Value | undefined {
    return this.#use.variable(name) as Value | undefined;
  }

  keys(): string[] {
    return [...this.#use.variables()];
  }
}

/** Functions and values every template may use. */
export function globalsOf(use: Use): Readonly<Record<string, unknown>> {
  const lookup: Callable = (args, named) => lookUpWith(use, args, named, false);
  const query: Callable = (args, named) => lookUpWith(use, args, named, true);
  const now: Callable = ([utc, format], named) => {
    const wanted = named['fmt'] ?? format;
    const date = clockTime(named['utc'] ?? utc);
    return wanted === undefined ? clock(date) : strftimeOf(date, str(wanted));
  };
  const undef: Callable = ([hint], named) => new Undefined(str(hint ?? named['hint'] ?? 'undef()'), () => [], 0);
  const namespace: Callable = ([from], named) =>
    new Namespace({ ...Object.fromEntries(from ? (entriesOf(from) ?? []) : []), ...named });
  return {
    range,
    dict,
    lookup,
    query,
    q: query,
    now,
    undef,
    namespace,
    cycler,
    joiner,
    omit: OMIT,
    vars: new Vars(use),
  };
}
