import { onHost } from './lab.ts';

/** What the SPIRE server of the lab answers. */
export async function spire<T>(words: string): Promise<T> {
  const socket = '-socketPath /run/spire/server/private/api.sock';
  const { out, err } = await onHost('control', `/opt/spire/current/spire-server ${words} -output json ${socket}`);
  if (out === '') throw new Error(`spire-server ${words}: ${err}`);
  return JSON.parse(out) as T;
}

interface Entries {
  entries: { id: string; parent_id: SpiffeId; selectors: { value: string }[] }[];
}

interface SpiffeId {
  trust_domain: string;
  path: string;
}

interface Agents {
  agents: { id: SpiffeId; x509svid_expires_at: string }[];
}

const namesOf = async (host: string): Promise<Entries['entries']> =>
  (await spire<Entries>(`entry show -spiffeID spiffe://mesh.internal/node/${host}`)).entries;

const agentsBy = (names: Entries['entries']): string[] =>
  names.flatMap(({ selectors }) => selectors.map(({ value }) => value));

/** SPIFFE IDs of the agents that are a host by their alias, those of before it joined again included. */
export const agentsOf = async (host: string): Promise<string[]> => agentsBy(await namesOf(host));

/** SPIFFE IDs of the agents that may not come back. */
export const bannedAgents = async (): Promise<string[]> =>
  (await spire<Agents>('agent list -banned true')).agents.map(({ id }) => written(id));

/** Evicts the agents a host had before it joined again, and deletes the names they had, as the audit asks for. */
export async function evictOldAgents(host: string): Promise<void> {
  const names = await namesOf(host);
  const own = agentsBy(names);
  const { agents } = await spire<Agents>('agent list');
  const [, ...old] = agents
    .filter((agent) => own.includes(written(agent.id)))
    .sort((one, other) => Number(other.x509svid_expires_at) - Number(one.x509svid_expires_at));
  for (const id of old.map((agent) => written(agent.id))) {
    await spire(`agent evict -spiffeID ${id}`);
    for (const name of names.filter((entry) => written(entry.parent_id) === id))
      await spire(`entry delete -entryID ${name.id}`);
  }
}

const written = ({ trust_domain: domain, path }: SpiffeId): string => `spiffe://${domain}${path}`;
