import type { Value } from '../value.ts';
import { type Journey, shownValue } from './fault.ts';

const SYMBOLIC = /^(?:[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)(?:,[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)*$/;

/** A file mode as text: `0644`, or symbolic as `chmod` takes it, or `preserve`. */
export function convertMode(value: Value, journey: Journey): string | undefined {
  if (typeof value === 'number') return fromNumber(value, journey);
  if (typeof value === 'string') {
    const octal = /^(?:0o)?([0-7]{1,5})$/.exec(value.trim())?.[1];
    if (octal !== undefined && Number.parseInt(octal, 8) <= 0o7777) return pad(Number.parseInt(octal, 8));
    if (SYMBOLIC.test(value.trim()) || value === 'preserve') return value.trim();
  }
  return wrong(value, journey);
}

const pad = (bits: number): string => bits.toString(8).padStart(4, '0');

/** YAML reads 0644 as 420, which are the bits meant, and 644 as 644, which are not. */
function fromNumber(value: number, journey: Journey): string | undefined {
  if (!Number.isInteger(value) || value < 0 || value > 0o7777) return wrong(value, journey);
  const { node } = journey;
  const written = node?.kind === 'scalar' && node.value === value ? node.text : undefined;
  const octal = written === undefined ? !looksDecimal(value) : /^0o?[0-7]+$/.test(written);
  if (octal) return pad(value);
  const digits = String(value);
  journey.faults.push({
    code: 'wrong-argument',
    path: journey.path,
    what: `${journey.module} takes an octal mode for "${journey.path.at(-1)}", not the number ${digits}`,
    why: `YAML reads ${digits} as a decimal number, which would be the mode ${pad(value)}`,
    mend: /^[0-7]{3,4}$/.test(digits) ? `write '${digits.padStart(4, '0')}', with the quotes` : undefined,
  });
  return undefined;
}

/** A number whose bits are no sensible mode while its digits are: 644 and not 420. Its text is not at hand. */
const looksDecimal = (value: number): boolean =>
  !sensible(value) && /^[0-7]{3,4}$/.test(String(value)) && sensible(Number.parseInt(String(value), 8));

/** The owner may read, group and others no more than the owner, and who may write may read. */
function sensible(mode: number): boolean {
  const [user, group, other] = [(mode >> 6) & 7, (mode >> 3) & 7, mode & 7] as const;
  const readable = [group, other].every((bits) => (bits & 6) !== 2 && (bits & ~user) === 0);
  return readable && (user & 4) === 4;
}

function wrong(value: Value, { module, path, faults }: Journey): undefined {
  const what = `${module} takes an octal mode or one as chmod takes it for "${path.at(-1)}", not ${shownValue(value)}`;
  faults.push({ code: 'wrong-argument', path, what, mend: "write it like '0644' or 'u=rw,g=r,o='" });
}
