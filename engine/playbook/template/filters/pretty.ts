import { mappingOf } from '../../../value.ts';
import { entriesOf, repr, sortedKeys } from '../python.ts';

const WIDTH = 80;

/** Python's pprint: on one line when it fits, else an item a line, keys in order. */
export const pretty = (value: unknown): string => shown(value, 0, 1);

/** `column`: where the text begins; `closing`: how many letters must follow it on its last line. */
function shown(value: unknown, column: number, closing: number): string {
  const whole = repr(inOrder(value));
  if (column + whole.length + closing - 1 <= WIDTH) return whole;
  const pad = `,\n${' '.repeat(column + 1)}`;
  if (Array.isArray(value)) {
    const items = value.map((item, at) => shown(item, column + 1, at === value.length - 1 ? closing + 1 : 1));
    return `[${items.join(pad)}]`;
  }
  const entries = typeof value === 'object' ? entriesOf(inOrder(value)) : undefined;
  if (!entries) return whole;
  const members = entries.map(([key, member], at) => {
    const name = `${repr(key)}: `;
    return name + shown(member, column + 1 + name.length, at === entries.length - 1 ? closing + 1 : 1);
  });
  return `{${members.join(pad)}}`;
}

/** The value with the keys of its dictionaries sorted. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  const entries = typeof value === 'object' && value !== null ? entriesOf(value) : undefined;
  if (!entries) return value;
  return mappingOf(sortedKeys(entries).map(([key, one]) => [key, inOrder(one)] as const));
}
