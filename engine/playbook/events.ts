import { type Event, getScalarValue, parseEvents, SCALAR_STYLE, type ScalarEvent, YAMLException } from 'js-yaml';
import type { Source } from './node.ts';

const PAD = 200;
const OFFSETS = ['start', 'valueStart', 'valueEnd', 'anchorStart', 'anchorEnd', 'tagStart', 'tagEnd'] as const;

/**
 * The events of a YAML text. js-yaml wants the lines of a quoted text, and of a list or dictionary in brackets, deeper
 * than what holds it; Ansible's YAML does not. So such lines are pushed in, and the offsets of events taken back.
 */
export function readEvents({ text, file }: Source): readonly Event[] {
  const lines: number[] = [];
  let first: unknown;
  for (;;) {
    try {
      const events = parseEvents(pushedIn(text, lines), { filename: file });
      return lines.length === 0 ? events : events.map((event) => takenBack(event, lines));
    } catch (thrown) {
      first ??= thrown;
      const line = tooShallow(thrown, text, lines);
      if (line === undefined) throw first;
      lines.push(line);
    }
  }
}

/** Where the line begins that is not deep enough, if that is what is wrong. */
function tooShallow(thrown: unknown, text: string, lines: readonly number[]): number | undefined {
  if (!(thrown instanceof YAMLException) || thrown.reason !== 'deficient indentation') return undefined;
  const line = text.lastIndexOf('\n', originOf(thrown.mark?.position ?? 0, lines) - 1) + 1;
  return line > (lines.at(-1) ?? -1) ? line : undefined;
}

const pushedIn = (text: string, lines: readonly number[]): string =>
  [0, ...lines].map((start, index) => text.slice(start, lines[index])).join(' '.repeat(PAD));

/** The offset in the text as it was written. */
function originOf(offset: number, lines: readonly number[]): number {
  let added = 0;
  for (const line of lines) {
    if (offset <= line + added) break;
    if (offset < line + added + PAD) return line;
    added += PAD;
  }
  return offset - added;
}

function takenBack(event: Event, lines: readonly number[]): Event {
  const moved: Record<string, unknown> = { ...event };
  for (const name of OFFSETS) {
    const offset = moved[name];
    if (typeof offset === 'number' && offset >= 0) moved[name] = originOf(offset, lines);
  }
  return moved as unknown as Event;
}

const BLOCKS: readonly number[] = [SCALAR_STYLE.LITERAL_BLOCK, SCALAR_STYLE.FOLDED_BLOCK];

/** A scalar's text. A block of lines that ends with the file, and that without a line end, has none either. */
export function scalarText(text: string, event: ScalarEvent): string {
  const value = getScalarValue(text, event);
  const cut = BLOCKS.includes(event.style) && event.valueEnd >= text.length && !text.endsWith('\n');
  return cut ? value.replace(/\n$/, '') : value;
}

/** Where a block of lines begins: after the indentation of its first line. */
export function afterIndent(text: string, start: number): number {
  const found = /[^ ]/.exec(text.slice(start));
  return found ? start + found.index : start;
}
