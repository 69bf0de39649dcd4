import { Problem } from '../problem.ts';

const UNITS: Record<string, number> = { h: 3600, m: 60, s: 1 };

/** Seconds of a duration as Go writes it (time.ParseDuration): `1h30m`. `name` says whose it is in the problem. */
export function secondsOf(name: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text)
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? 's'] ?? 1), 0);
  throw new Problem({
    code: 'bad-duration',
    what: `${name} is "${text}", which is no duration`,
    mend: 'write hours, minutes and seconds, such as 168h or 1h30m; days are not known',
  });
}
