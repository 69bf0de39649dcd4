import { X509Certificate } from 'node:crypto';
import type { Place } from './places.ts';
import type { Outcome } from './probe.ts';

/**
 * What came of the probes of a host, from what `try` printed: lines of `./PLACE.said:TEXT`, and in a place the text of a
 * probe is `ID.said:TEXT`. Only the number of the place is told by root, so a place is heard about its own probes alone.
 */
export function outcomesOf(places: readonly Place[], printed: string): Record<string, Outcome> {
  const said = grouped(printed.split('\n'), /^\.\/(\d+)\.said:(.*)$/s);
  return Object.assign({}, ...places.map((place, index) => outcomesAt(place, said.get(`${index + 1}`) ?? [])));
}

function outcomesAt({ acts }: Place, lines: readonly string[]): Record<string, Outcome> {
  const own = grouped(lines, /^(\w+)\.said:(.*)$/s);
  // What is said about no probe tells why one was not tried, as of a namespace that is not there.
  const other = lines.filter((line) => !/^\w+\.said:/.test(line));
  const untried = { status: 0, text: other.join('\n'), untried: true };
  return Object.fromEntries(
    [...acts.values()].flatMap((ids) => {
      const outcome = outcomeOf(own.get(ids[0] ?? '') ?? []) ?? untried;
      return ids.map((id) => [id, outcome]);
    }),
  );
}

function grouped(lines: readonly string[], form: RegExp): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const line of lines) {
    const [, key = '', text = ''] = form.exec(line) ?? [];
    if (key !== '') groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return groups;
}

function outcomeOf(lines: readonly string[]): Outcome | undefined {
  const status = /^= (\d+)$/.exec(lines.at(-1) ?? '')?.[1];
  if (status === undefined) return undefined;
  return { status: Number(status), text: named(lines.slice(0, -1).join('\n')) };
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Of a certificate only the names are of interest. openssl would tell them too, and takes longer for it than a handshake. */
const named = (text: string): string =>
  text.replace(PEM, (pem) => {
    try {
      return `    ${new X509Certificate(pem).subjectAltName ?? ''}`;
    } catch {
      return '';
    }
  });
