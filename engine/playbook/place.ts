import { isNoSecret, type Span } from '../frame.ts';
import type { Place } from '../problem.ts';
import type { Node, ScalarNode, Source } from './node.ts';

const lineStarts = new WeakMap<Source, number[]>();

function startsOf(source: Source): number[] {
  const known = lineStarts.get(source);
  if (known) return known;
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1);
  lineStarts.set(source, starts);
  return starts;
}

/** What is secret of each line of a source. A place holds the list itself, so that what is learned later counts for it. */
const secrets = new WeakMap<Source, Map<number, Span[]>>();

function secretsOf(source: Source, line: number): Span[] {
  const lines = secrets.get(source) ?? new Map<number, Span[]>();
  secrets.set(source, lines);
  const spans = lines.get(line) ?? [];
  lines.set(line, spans);
  return spans;
}

/** Keeps what a node says out of the lines that problems show, but for templates that name where it comes from. */
export function hideNode(node: Node): void {
  if (node.kind === 'list') for (const item of node.items) hideNode(item);
  if (node.kind === 'map') for (const { value } of node.entries) hideNode(value);
  if (node.kind !== 'scalar' || isNoSecret(node.text)) return;
  const first = placeOf(node);
  const length = node.within ? (first.length ?? 1) : node.end - node.start;
  const { source } = node;
  let start = (startsOf(source)[first.line - 1] ?? 0) + first.column - 1;
  for (let line = first.line, left = length; left > 0; line++) {
    const end = startsOf(source)[line] ?? source.text.length + 1;
    const taken = Math.min(left, end - start);
    const column = start - (startsOf(source)[line - 1] ?? 0);
    const text = source.text.slice(start, start + taken);
    const indent = text.length - text.trimStart().length;
    if (text.trim() !== '')
      secretsOf(source, line).push({ start: column + indent, end: column + text.trimEnd().length });
    left -= taken;
    start = end;
  }
}

/** The place of an offset into a source. */
export function placeAt(source: Source, offset: number, length = 1): Place {
  const starts = startsOf(source);
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const start = starts[low] ?? 0;
  const end = starts[low + 1] === undefined ? source.text.length : (starts[low + 1] ?? 0) - 1;
  const text = source.text.slice(start, end).replace(/\r$/, '');
  const column = Math.min(offset - start, text.length) + 1;
  return {
    file: source.file,
    line: low + 1,
    column,
    text,
    length: Math.max(1, Math.min(length, text.length - column + 1)),
    hidden: secretsOf(source, low + 1),
  };
}

/** Where a node stands. `index` is an offset into a scalar's text, mapped back through quotes, folds and indentation. */
export function placeOf(node: Node, index?: number, length?: number): Place {
  if (node.kind === 'scalar' && node.within) {
    return placeOf(
      node.within.node,
      node.within.at + (index ?? 0),
      length ?? (index === undefined ? node.text.length : 1),
    );
  }
  if (index === undefined || node.kind !== 'scalar') {
    const whole = node.kind === 'scalar' ? node.end - node.start : 1;
    return placeAt(node.source, node.start, length ?? whole);
  }
  return placeAt(node.source, sourceOffset(node, index), length ?? 1);
}

/**
 * Walks the scalar's text and its source side by side. White space may differ between them (indentation, folded line
 * ends); every other character stands in both, in the same order, but for escapes in quotes.
 */
function sourceOffset(node: ScalarNode, index: number): number {
  const source = node.source.text;
  let at = node.start;
  for (let i = 0; i < index && at < node.end; i++) {
    at = next(node, source, at, node.text[i] ?? '') + 1;
  }
  while (at < node.end && node.text[index]?.trim() && source[at] !== node.text[index] && /\s/.test(source[at] ?? ''))
    at++;
  return Math.min(at, node.end);
}

/** The offset at which the source has this character of the text, not before `at`. */
function next(node: ScalarNode, source: string, at: number, letter: string): number {
  if (/\s/.test(letter)) {
    if (source[at] === letter) return at;
    // A folded line end is a space in the text: it stands for the line end and the indentation after it.
    if (letter === ' ' && source[at] === '\n') return at;
    return at - 1;
  }
  let here = at;
  while (here < node.end && /\s/.test(source[here] ?? '')) here++;
  if (node.style === 'double' && source[here] === '\\') return here + escapeLength(source, here) - 1;
  if (node.style === 'single' && letter === "'" && source.startsWith("''", here)) return here + 1;
  return here;
}

function escapeLength(source: string, at: number): number {
  const kind = source[at + 1];
  return kind === 'x' ? 4 : kind === 'u' ? 6 : kind === 'U' ? 10 : 2;
}
