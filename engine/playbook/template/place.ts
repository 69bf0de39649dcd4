import { Problem } from '../../problem.ts';
import { type Node, placeAt, placeOf, type Source } from '../yaml.ts';
import { UseProblem } from './python.ts';
import { SyntaxProblem } from './tokens.ts';

/** What went wrong in a text of a YAML file, placed there. */
export function problemIn(thrown: unknown, text: string, node: Node | undefined): Problem {
  const parts = partsOf(thrown);
  if (!parts) throw thrown;
  const { at, length, ...rest } = parts;
  // A text made on the way, such as a rendered one, has other offsets than the node.
  const same = node?.kind === 'scalar' && (node.text === text || node.value === text);
  const place = node && (same ? placeOf(node, at, length) : placeOf(node));
  return new Problem({ ...rest, at: place });
}

/** What went wrong in a template file, placed there. */
export function problemWithin(thrown: unknown, source: Source): Problem {
  const parts = partsOf(thrown);
  if (!parts) throw thrown;
  const { at = 0, length, ...rest } = parts;
  return new Problem({ ...rest, at: placeAt(source, at, length) });
}

function partsOf(thrown: unknown) {
  if (thrown instanceof SyntaxProblem)
    return {
      code: 'template-syntax',
      what: `this template cannot be read: ${thrown.message}`,
      at: thrown.offset,
      length: thrown.length,
      mend: thrown.message.endsWith('found "="') ? 'use == to compare' : undefined,
    };
  if (!(thrown instanceof UseProblem)) return undefined;
  const { code, message, at, length, mend } = thrown;
  return { code, what: message, at, length, mend, cause: thrown };
}
