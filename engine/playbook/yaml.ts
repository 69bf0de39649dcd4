import type { Place, Problem } from '../problem.ts';
import type { Value } from '../value.ts';

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
  value: null | boolean | number | string;
  /** The value as text, before booleans and numbers were read. */
  text: string;
  style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  /** `!unsafe` (never templated) or `!vault` (decrypted; never printed). */
  tag?: 'unsafe' | 'vault';
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

/** Reads one YAML document with positions; undefined when it is empty. Problems are added to the list, all of them. */
export declare function parseYaml(source: Source, problems: Problem[]): Node | undefined;
/** The plain value of a node. Containers remember their node: see `nodeOf`. */
export declare function toValue(node: Node): Value;
/** The node a container's member came from, when it was read from a file. */
export declare function nodeOf(container: object, key?: string | number): Node | undefined;
/** Where a node stands. `index` is an offset into a scalar's text, mapped back through quotes, folds and indentation. */
export declare function placeOf(node: Node, index?: number, length?: number): Place;
/** The value under a key of a mapping, or undefined. */
export declare function member(node: MapNode, key: string): Node | undefined;
