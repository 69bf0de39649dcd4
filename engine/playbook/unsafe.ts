import type { Node } from './node.ts';

/** The node with every text in it kept as it stands: never a template. */
export function asUnsafe(node: Node): Node {
  if (node.kind === 'list') for (const [index, item] of node.items.entries()) node.items[index] = asUnsafe(item);
  else if (node.kind === 'map') for (const entry of node.entries) entry.value = asUnsafe(entry.value);
  else if (node.tag === undefined) return { ...node, tag: 'unsafe' };
  return node;
}
