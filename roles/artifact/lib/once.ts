/** Work that hosts ask for together is done once for a run, and again where it failed. `known` keeps it by its key. */
export function once<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const begun = known.get(key) ?? work();
  known.set(key, begun);
  begun.catch(() => known.delete(key));
  return begun;
}
