import type { Place } from '../problem.ts';
import { Problem } from '../problem.ts';
import type { Value } from '../value.ts';

/**
 * Cuts a play's hosts into batches: `serial` is a number, a percentage or a list of them whose last one repeats.
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_strategies.html#setting-the-batch-size-with-serial
 */
export function batches<T>(hosts: readonly T[], serial: Value | undefined, at: Place): T[][] {
  if (serial === undefined || serial === null || hosts.length === 0) return [[...hosts]];
  const sizes = (Array.isArray(serial) ? serial : [serial]).map((size) => batchSize(size, hosts.length, at));
  const cut: T[][] = [];
  for (let start = 0, index = 0; start < hosts.length; index++) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? hosts.length;
    cut.push(hosts.slice(start, start + size));
    start += size;
  }
  return cut;
}

/** At least one host for a percentage; zero or less means all. */
function batchSize(size: Value, total: number, at: Place): number {
  const text = String(size).trim();
  const percentage = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percentage) return Math.max(1, Math.floor((Number(percentage[1]) / 100) * total));
  if (!/^-?\d+$/.test(text)) {
    throw new Problem({
      code: 'bad-serial',
      what: `serial cannot be "${text}"`,
      at,
      mend: 'use a number, such as 2, or a percentage, such as 30%',
    });
  }
  return Number(text) <= 0 ? total : Number(text);
}
