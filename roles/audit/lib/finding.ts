export const SEVERITIES = ['info', 'low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that is not as the inventory has it, or will not be for long. */
export interface Finding {
  severity: Severity;
  /** Where: a host, or what all share. */
  where: string;
  what: string;
  mend?: string;
}

const weight = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** The gravest first, then by place. */
export const ordered = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort(
    (a, b) => weight(b.severity) - weight(a.severity) || a.where.localeCompare(b.where) || a.what.localeCompare(b.what),
  );

/** Those that are as grave as a threshold, or graver. */
export const atLeast = (findings: readonly Finding[], threshold: Severity): Finding[] =>
  findings.filter(({ severity }) => weight(severity) >= weight(threshold));

/** A table for people: one line a finding, its mend below. */
export function table(findings: readonly Finding[]): string[] {
  const wide = Math.max(0, ...findings.map(({ where }) => where.length));
  return findings.flatMap(({ severity, where, what, mend }) => [
    `${severity.padEnd(6)}  ${where.padEnd(wide)}  ${what}`,
    ...(mend === undefined ? [] : [`${' '.repeat(8 + wide)}  mend: ${mend}`]),
  ]);
}

/** Days in words, of a time before or after now. Seconds. */
export function inDays(time: number, now: number): string {
  const days = (time - now) / 86400;
  if (days < 0) return 'has ended';
  return days < 2 ? `ends in ${Math.floor(days * 24)} h` : `ends in ${Math.floor(days)} d`;
}
