import type { Named, Test } from './environment.ts';
import { UseProblem } from './python.ts';
import { FILTERS, TESTS } from './tables.ts';

/** What a filter or test makes of its value; what JavaScript or the system says against it is an error in the use. */
export function taken<T>(name: string, made: () => T): T {
  try {
    return made();
  } catch (thrown) {
    const system = thrown instanceof Error && 'syscall' in thrown;
    const range = thrown instanceof RangeError && !thrown.message.includes('call stack');
    if (!system && !range && !(thrown instanceof TypeError)) throw thrown;
    throw new UseProblem(`${name} does not go with this: ${thrown.message}`, { cause: thrown });
  }
}

/** A filter by its name, with or without Ansible's collection in front. */
export function filterOf(name: string) {
  const found = FILTERS[short(name)];
  if (!found) throw new UseProblem(`there is no filter "${name}"`);
  return found;
}

/** Arguments of a test in the order of its parameters. */
export function testArguments(name: string, { parameters }: Test, positional: unknown[], named: Named): unknown[] {
  const args = [...positional];
  for (const [key, value] of Object.entries(named)) {
    const at = parameters ? parameters.indexOf(key) : args.length;
    if (at === -1) throw new UseProblem(`the test ${name} has no argument "${key}"`);
    args[at] = value;
  }
  return args;
}

export function testOf(name: string) {
  const found = TESTS[short(name)];
  if (!found) throw new UseProblem(`there is no test "${name}"`);
  return found;
}

/** The bare name of what may be written as `ansible.builtin.name`. */
export const short = (name: string): string => name.replace(/^ansible\.(builtin|legacy)\./, '');
