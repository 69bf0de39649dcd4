import type { Reading } from './reading.ts';
import type { Node } from './yaml.ts';

/** Whether a variable can have this name. */
export const isName = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

/** Complains of what is no name for a variable. */
export const complainOfName = (reading: Reading, node: Node, what: string): void =>
  reading.complain(node, 'bad-name', what, { mend: 'use letters, digits and _, not beginning with a digit' });
