import { defined, Nothing, str } from './python.ts';

/** The pieces as text: None prints as nothing, as in Ansible. */
export const joined = (pieces: readonly unknown[]): string =>
  pieces.map((piece) => (piece === null || piece instanceof Nothing ? '' : str(piece))).join('');

/** What an expression prints: an `if` that has no else and does not hold is nothing. */
export const printed = (value: unknown): unknown => (value instanceof Nothing ? value : defined(value));
