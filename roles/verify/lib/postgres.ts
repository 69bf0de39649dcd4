import type { Judged, Login, Outcome } from './probe.ts';

/** How a login is written where words stand between tabs; both names hold nothing that would end them. */
export const loginWord = (logins: readonly Login[]): string =>
  logins.map(({ user, database }) => `${user}/${database}`).join(',');

/** Whether what answered turned out to be PostgreSQL, as `try` tells it. */
export const speaksPostgres = (outcome: Outcome | undefined): boolean => /^postgres: /m.test(outcome?.text ?? '');

/** What came of one login: of TLS first, then of what PostgreSQL answered. */
interface Answered {
  as: string;
  /** The lines that tell of it. */
  text: string;
  /** Kind of the first Authentication message; 0 says that no more is asked for. */
  authentication: number | null;
  ready: boolean;
  /** SQLSTATE and text of the first error. */
  error: { state: string; text: string } | null;
}

/** The logins that were tried, in order. */
export function loginsIn(text: string): Answered[] {
  const [, ...parts] = text.split(/^postgres (?:by TLS|plainly) as /m);
  return parts.map((part) => {
    const authentication = /^authentication ([0-9a-f]{2})$/m.exec(part)?.[1];
    const error = /^error ([0-9A-Z]{5}) (.*)$/m.exec(part);
    return {
      as: part.split('\n', 1)[0] ?? '',
      text: part,
      authentication: authentication === undefined ? null : Number.parseInt(authentication, 16),
      ready: /^ready$/m.test(part),
      error: error ? { state: error[1] ?? '', text: error[2] ?? '' } : null,
    };
  });
}

/** PgBouncer says all it says by one SQLSTATE; these are its refusals of a login before it asks for anything (src/client.c). */
const POOLER_REFUSES = ['08P01 certificate authentication failed', '08P01 SSL required', '08P01 login rejected'];

/**
 * What a login came to. Class 28 of SQLSTATE (invalid authorization) is a refusal, also where it comes after the
 * authentication: of a role that does not exist. Any other error after it tells that the way in is open: the database is
 * looked for last. One that asks for a password was not turned away by TLS.
 */
export function judgeLogin({ as, authentication, ready, error }: Answered): Omit<Judged, 'by'> {
  const said = error ? `${error.state} ${error.text}` : ready ? 'ready' : 'nothing';
  const evidence = `PostgreSQL to a login as ${as}: ${said}`;
  if (authentication !== null && authentication !== 0)
    return { verdict: 'allowed', happened: 'asked for a password', evidence };
  if (error && (error.state.startsWith('28') || (authentication === null && POOLER_REFUSES.includes(said))))
    return { verdict: 'refused', happened: `answered ${error.state}`, evidence };
  if (authentication === 0 && (ready || error)) return { verdict: 'allowed', happened: 'logged in', evidence };
  return { verdict: 'unclear', happened: error ? `answered ${error.state}` : 'no answer', evidence };
}

/** Of several logins: it is in where one is in, and kept out where each is refused. */
export function worst(all: readonly Judged[]): Judged {
  const order = (['allowed', 'unclear', 'refused'] as const).map((one) => all.find(({ verdict }) => verdict === one));
  const [first] = order.filter((one) => one !== undefined);
  if (first?.verdict === 'refused') return { ...first, evidence: all.map(({ evidence }) => evidence).join('\n') };
  return first ?? { verdict: 'unclear', by: null, happened: 'no login was tried', evidence: '' };
}
