import { OMIT } from '../../value.ts';
import { defined, Nothing, str } from './python.ts';

/** The pieces as text: None and omit print as nothing, as in Ansible. */
export const joined = (pieces: readonly unknown[]): string => pieces.map(textOfPiece).join('');

/** The pieces as Jinja's native types have them: None is left out, one piece keeps its type, and nothing at all is None. */
export function concat(pieces: readonly unknown[]): unknown {
  if (pieces.length === 1) return defined(pieces[0]);
  const kept = pieces.filter((piece) => piece !== null);
  const [only] = kept;
  if (kept.length === 0) return null;
  return kept.length === 1 && only !== OMIT && !(only instanceof Nothing) ? only : joined(kept);
}

function textOfPiece(piece: unknown): string {
  return piece === null || piece === OMIT || piece instanceof Nothing ? '' : str(piece);
}

/** What an expression prints: an `if` that has no else and does not hold is nothing. */
export const printed = (value: unknown): unknown => (value instanceof Nothing ? value : defined(value));
