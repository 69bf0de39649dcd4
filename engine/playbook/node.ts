import { type Key, keyOf, Numeral } from '../value.ts';

/** One text the user wrote. `file` is the path as it is shown to the user. */
export interface Source {
  file: string;
  text: string;
}

interface Span {
  source: Source;
  /** Offsets into `source.text`. */
  start: number;
  end: number;
}

export interface ScalarNode extends Span {
  kind: 'scalar';
  value: null | boolean | number | string | Numeral;
  /** The value as text, before booleans and numbers were read. */
  text: string;
  style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  /** `!unsafe` (never templated) or `!vault` (decrypted; neither templated nor printed). */
  tag?: 'unsafe' | 'vault';
  /** For a part of arguments written as one text: that text, and where in it the part begins. */
  within?: { node: ScalarNode; at: number };
}

export interface ListNode extends Span {
  kind: 'list';
  items: Node[];
}

export interface Entry {
  key: ScalarNode;
  value: Node;
}

export interface MapNode extends Span {
  kind: 'map';
  entries: Entry[];
}

export type Node = ScalarNode | ListNode | MapNode;

/** A key as text: what Python prints for one that is no text. */
export function keyText({ value, text }: ScalarNode): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return text === '' ? '' : 'None';
  return typeof value === 'number' || value instanceof Numeral ? String(value) : text;
}

/** The keys of a dictionary in their order, whole numbers as such. */
export const keysIn = (node: MapNode): Key[] => node.entries.map(({ key }) => keyOf(key.value, keyText(key)));
