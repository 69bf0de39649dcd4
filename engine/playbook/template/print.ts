import { OMIT } from '../../value.ts';
import { defined, Nothing, str, UseProblem } from './python.ts';

/** The pieces as text: None prints as nothing, as in Ansible. */
export const joined = (pieces: readonly unknown[]): string => pieces.map(textOfPiece).join('');

function textOfPiece(piece: unknown): string {
  if (piece === OMIT) throw new UseProblem('omit is no text: it stands alone, for a whole argument');
  return piece === null || piece instanceof Nothing ? '' : str(piece);
}

/** What an expression prints: an `if` that has no else and does not hold is nothing. */
export const printed = (value: unknown): unknown => (value instanceof Nothing ? value : defined(value));
