import { typeName, UseProblem } from './python.ts';

/** Python's `value[from:to:step]` of a list or a text. */
export function sliceOf(value: unknown, from?: number, to?: number, step = 1): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new UseProblem(`${typeName(value)} cannot be sliced`);
  if (step === 1) return value.slice(from ?? 0, to ?? value.length);
  if (step === 0) throw new UseProblem('a slice cannot step by zero');
  const items = typeof value === 'string' ? [...value] : value;
  const [low, high] = step > 0 ? [0, items.length] : [-1, items.length - 1];
  const edge = (at: number | undefined, usual: number): number =>
    at === undefined ? usual : Math.min(high, Math.max(low, at < 0 ? at + items.length : at));
  const [start, end] =
    step > 0 ? [edge(from, 0), edge(to, items.length)] : [edge(from, items.length - 1), edge(to, -1)];
  const picked: unknown[] = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) picked.push(items[at]);
  return typeof value === 'string' ? picked.join('') : picked;
}
