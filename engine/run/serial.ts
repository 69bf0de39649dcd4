import { kindFault } from '../playbook/kinds.ts';
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

const byName = <T extends { name: string }>(a: T, b: T): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The hosts of a play in the order that it asks for; as the inventory has them when it asks for none. */
export function ordered<T extends { name: string }>(
  hosts: readonly T[],
  order: Value | undefined,
  at: Place | undefined,
): T[] {
  switch (order ?? 'inventory') {
    case 'inventory':
      return [...hosts];
    case 'reverse_inventory':
      return [...hosts].reverse();
    case 'sorted':
      return [...hosts].sort(byName);
    case 'reverse_sorted':
      return [...hosts].sort(byName).reverse();
    case 'shuffle':
      return hosts
        .map((host) => ({ host, by: Math.random() }))
        .sort((a, b) => a.by - b.by)
        .map(({ host }) => host);
    default:
      throw wrong('order', String(order), at);
  }
}

/** At least one host for a percentage; zero or less means all. */
function batchSize(size: Value, total: number, at: Place): number {
  const text = String(size).trim();
  const percentage = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percentage) return Math.max(1, Math.floor((Number(percentage[1]) / 100) * total));
  if (!/^-?\d+$/.test(text)) throw wrong('serial', text, at);
  return Number(text) <= 0 ? total : Number(text);
}

/** As the loader tells it of what is written without a template. */
const wrong = (keyword: string, text: string, at: Place | undefined): Problem =>
  new Problem({ code: `bad-${keyword}`, what: `${keyword} cannot be "${text}"`, at, ...kindFault(keyword, text) });
