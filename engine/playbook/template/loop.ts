import { type Callable, equal, Namespace } from './python.ts';

/** The `loop` variable of one round. */
export function loopOf(
  items: readonly unknown[],
  index: number,
  depth: number,
  memory: { last?: unknown },
  recurse?: Callable,
): unknown {
  const cycle: Callable = (values) => values[index % values.length];
  const changed: Callable = ([value]) => {
    const same = 'last' in memory && equal(value, memory.last);
    memory.last = value;
    return !same;
  };
  const members = {
    index: index + 1,
    index0: index,
    revindex: items.length - index,
    revindex0: items.length - index - 1,
    first: index === 0,
    last: index === items.length - 1,
    length: items.length,
    depth,
    depth0: depth - 1,
    ...(index > 0 ? { previtem: items[index - 1] } : {}),
    ...(index < items.length - 1 ? { nextitem: items[index + 1] } : {}),
    cycle,
    changed,
  };
  return new LoopContext(members, recurse);
}

/** The `loop` variable: members by name, and in a recursive loop a function. */
export class LoopContext extends Namespace {
  readonly recurse: Callable | undefined;

  constructor(members: Record<string, unknown>, recurse: Callable | undefined) {
    super(members);
    this.recurse = recurse;
  }

  override toString(): string {
    return `<LoopContext ${this.members['index']}/${this.members['length']}>`;
  }
}
