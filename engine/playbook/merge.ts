import { type Entry, keyText, type Node } from './node.ts';

/** The entries that `<<` brings: of a dictionary, or of several in a list. */
export function entriesToMerge(value: Node, refuse: (node: Node) => void): Entry[] {
  if (value.kind === 'map') return value.entries;
  if (value.kind === 'list') return value.items.flatMap((item) => entriesToMerge(item, refuse));
  refuse(value);
  return [];
}

/** Merged entries come first, as in PyYAML; each gives way to the mapping's own, and to one merged before it. */
export function withMerged(own: readonly Entry[], merged: readonly Entry[]): Entry[] {
  if (merged.length === 0) return [...own];
  const entries = new Map<string, Entry>();
  for (const entry of merged) if (!entries.has(keyText(entry.key))) entries.set(keyText(entry.key), entry);
  for (const entry of own) entries.set(keyText(entry.key), entry);
  return [...entries.values()];
}
