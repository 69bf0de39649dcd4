const numbers = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);

/** Orders versions of products by their three numbers: below zero when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  const at = [0, 1, 2].find((index) => (left[index] ?? 0) !== (right[index] ?? 0));
  return at === undefined ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
