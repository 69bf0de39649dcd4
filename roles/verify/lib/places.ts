import { loginWord } from './postgres.ts';
import type { Act, Login, Probe } from './probe.ts';

/** What is tried from one place of a host: as one user in one network namespace. */
export interface Place {
  namespace: string | null;
  user: string | null;
  /** The ids of the probes by what is done for them, as words between tabs: what is one and the same is done once. */
  acts: Map<string, string[]>;
}

/** What a host tries, by where. */
export function placesOf(probes: readonly Probe[]): Place[] {
  const places = new Map<string, Place>();
  for (const probe of probes) {
    const { namespace, user } = whereOf(probe);
    const key = JSON.stringify([namespace, user]);
    const place: Place = places.get(key) ?? { namespace, user, acts: new Map() };
    places.set(key, place);
    const words = wordsOf(probe).join('\t');
    place.acts.set(words, [...(place.acts.get(words) ?? []), probe.id]);
  }
  return [...places.values()];
}

/** What asks as another unit is made by root, who tells systemd as which user. */
const whereOf = ({ act, namespace, user }: Probe): Pick<Place, 'namespace' | 'user'> =>
  act.kind === 'svid' && act.unit !== null ? { namespace: null, user: null } : { namespace, user };

/** A place as `try` takes it: its namespace, its user, and a line for each act, by the id of the first probe it is for. */
export const placeWords = ({ namespace, user, acts }: Place): string[] => [
  namespace ?? '-',
  user ?? '-',
  [...acts].map(([words, [id = '']]) => `${id}\t${words}\n`).join(''),
];

const loginWords = ({ logins = [] }: { logins?: Login[] }): string[] =>
  logins.length === 0 ? [] : [loginWord(logins)];

/** What is done for a probe, in words. */
export function wordsOf({ act, user }: Probe): string[] {
  return [act.kind, ...actWords(act, user)];
}

function actWords(act: Act, user: string | null): string[] {
  switch (act.kind) {
    case 'http':
      return [act.url, act.method, ...loginWords(act)];
    case 'tls':
      return [act.address, String(act.port), act.name, act.identity ?? '-', act.ask || '-', ...loginWords(act)];
    case 'tcp':
      return [act.address, String(act.port), act.through === null ? '-' : 'greeting'];
    case 'dns':
      return [act.server, act.name, act.type];
    case 'name':
      return [act.name];
    case 'svid':
      return act.unit === null ? ['-'] : [act.unit, user ?? '-'];
    case 'memory':
      return [act.unit ?? '-'];
    case 'agent':
      return [];
  }
}
