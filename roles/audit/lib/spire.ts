import { type Finding, inDays } from './finding.ts';

/** What the SPIRE server knows, as its CLI prints it. */
export interface Spire {
  entries: Entry[];
  agents: Agent[];
  x509: Slots;
  jwt: Slots;
  bundle: { x509: { tainted: boolean }[]; jwt: { tainted: boolean }[] };
}

export interface Entry {
  id: string;
  spiffe_id: string;
  parent_id: string;
  selectors: string[];
  x509_svid_ttl: number;
  admin: boolean;
  downstream: boolean;
  store_svid: boolean;
}

export interface Agent {
  id: string;
  banned: boolean;
  /** Seconds since 1970. */
  expires_at: number;
}

interface Slots {
  active: { authority_id: string; expires_at: string };
  prepared?: { authority_id: string };
  old?: { authority_id: string };
}

/** What the inventory says of identities. */
export interface Expected {
  trust_domain: string;
  prefix: string;
  /** How agents join: join_token or x509pop. */
  attestor: string;
  hosts: string[];
  revoked_hosts: string[];
  /** Ids of entries, without the prefix. */
  entries: string[];
  /** Longest lifetime that is let pass, and how near an end is told. Seconds. */
  max_ttl: number;
  soon: number;
}

/** Findings of entries, agents, tokens and authorities. `now` in seconds. */
export function judgeSpire(spire: Spire, expected: Expected, now: number): Finding[] {
  return [
    ...spire.entries.flatMap((entry) => [...judgeEntry(entry, spire, expected)]),
    ...judgeAgents(spire, expected, now),
    ...judgeAuthorities(spire, expected, now),
  ];
}

const WHERE = 'spire';
const name = ({ id, spiffe_id }: Entry): string => `the entry ${id} (${spiffe_id})`;
const isNode = ({ parent_id }: Entry): boolean =>
  parent_id.includes('/spire/agent/') || parent_id.endsWith('/spire/server');

function* judgeEntry(entry: Entry, { agents }: Spire, expected: Expected): Generator<Finding> {
  const { id, spiffe_id, parent_id, selectors } = entry;
  const node = (host: string): string => `spiffe://${expected.trust_domain}/node/${host}`;
  if (entry.admin || entry.downstream || entry.store_svid) {
    const rights = (['admin', 'downstream', 'store_svid'] as const).filter((right) => entry[right]).join(' and ');
    yield {
      severity: 'high',
      where: WHERE,
      what: `${name(entry)} is ${rights}`,
      mend: 'make sure that it must be, or delete it',
    };
  }
  if (selectors.every((selector) => ['unix:uid:0', 'unix:user:root'].includes(selector)))
    yield {
      severity: 'high',
      where: WHERE,
      what: `${name(entry)} is given to all that runs as root`,
      mend: 'select a user or a unit of its own',
    };
  if (entry.x509_svid_ttl > expected.max_ttl)
    yield {
      severity: 'medium',
      where: WHERE,
      what: `${name(entry)} has a lifetime of ${entry.x509_svid_ttl} s, more than ${expected.max_ttl}`,
    };
  if (isNode(entry)) {
    if (parent_id.includes('/join_token/') && !agents.some((agent) => agent.id === parent_id))
      yield {
        severity: 'medium',
        where: WHERE,
        what: `a join token for ${spiffe_id} was made and not used`,
        mend: `delete its entry: spire-server entry delete -entryID ${id}`,
      };
    else if (![...expected.hosts, ...expected.revoked_hosts].map(node).includes(spiffe_id))
      yield {
        severity: 'high',
        where: WHERE,
        what: `${name(entry)} is of a host that the inventory does not have`,
        mend: 'revoke.yml -e host=NAME, or add it to the inventory',
      };
    return;
  }
  if (!expected.entries.some((one) => expected.prefix + one === id))
    yield {
      severity: 'high',
      where: WHERE,
      what: `${name(entry)} is not in the inventory`,
      mend: id.startsWith(expected.prefix) ? 'run site.yml' : `spire-server entry delete -entryID ${id}`,
    };
  if (!expected.hosts.map(node).includes(parent_id))
    yield {
      severity: 'high',
      where: WHERE,
      what: `${name(entry)} has the parent ${parent_id}, which is no single host`,
      mend: 'every agent below it may hand it out: give it one parent /node/HOST',
    };
}

function* judgeAgents(
  { agents, entries }: Spire,
  { hosts, trust_domain, revoked_hosts, soon, attestor }: Expected,
  now: number,
): Generator<Finding> {
  // An agent that joined by certificate is called after its host; of one that joined by token entries tell. Somebody may
  // have given it a further name, which must not hide its own.
  const hostOf = (agent: Agent): string | undefined => {
    const named = /\/spire\/agent\/x509pop\/cn\/(.+)$/.exec(agent.id)?.[1];
    if (named !== undefined) return named;
    const aliases = entries
      .filter(({ parent_id }) => parent_id === agent.id)
      .map(({ spiffe_id }) => spiffe_id.replace(`spiffe://${trust_domain}/node/`, ''));
    return aliases.find((name) => hosts.includes(name)) ?? aliases[0];
  };
  const live = agents.filter(({ banned, expires_at }) => !banned && expires_at > now);
  const joinedSo = ({ id }: Agent): boolean => id.includes(`/spire/agent/${attestor}/`);
  for (const agent of live) {
    const host = hostOf(agent);
    if (host === undefined)
      yield {
        severity: 'high',
        where: WHERE,
        what: `the agent ${agent.id} belongs to no host`,
        mend: `spire-server agent evict -spiffeID ${agent.id}`,
      };
    else if (revoked_hosts.includes(host))
      yield {
        severity: 'high',
        where: host,
        what: `it is revoked, and its agent ${agent.id} is not banned`,
        mend: `run revoke.yml -e host=${host}`,
      };
    else if (agent.expires_at - now < soon)
      yield {
        severity: 'medium',
        where: host,
        what: `its agent's identity ${inDays(agent.expires_at, now)}, and was not renewed`,
        mend: 'look at its log: journalctl -u spire-agent',
      };
  }
  for (const host of hosts) {
    const all = live.filter((agent) => hostOf(agent) === host);
    const own = all.filter(joinedSo);
    if (own.length === 0 && all.length > 0)
      yield {
        severity: 'medium',
        where: host,
        what: `its agent ${all[0]?.id} did not join by ${attestor}, as the inventory says`,
        mend: 'run site.yml',
      };
    else yield* all.filter((agent) => !joinedSo(agent)).map((agent) => leftOver(agent, host, attestor, entries));
    if (all.length === 0 && !revoked_hosts.includes(host))
      yield { severity: 'high', where: host, what: 'it has no living agent', mend: 'run site.yml' };
    if (own.length > 1)
      yield {
        severity: 'medium',
        where: host,
        what: `${own.length} agents have its identity: it joined again, or somebody else did`,
        mend: 'evict those it does not use, and delete the entry each has its name by: spire-server agent evict -spiffeID ID; spire-server entry delete -entryID ID',
      };
  }
}

/** An agent of before a change of the way to join: whoever kept its key has the host's identities until it ends. */
function leftOver({ id }: Agent, host: string, attestor: string, entries: readonly Entry[]): Finding {
  const aliases = entries.filter(({ parent_id }) => parent_id === id).map((entry) => entry.id);
  const deletes = aliases.map((alias) => `; spire-server entry delete -entryID ${alias}`).join('');
  return {
    severity: 'medium',
    where: host,
    what: `its agent ${id} is of before it joined by ${attestor}, and is still trusted`,
    mend: `spire-server agent evict -spiffeID ${id}${deletes}`,
  };
}

function* judgeAuthorities({ x509, jwt, bundle }: Spire, { soon }: Expected, now: number): Generator<Finding> {
  for (const [kind, slots] of Object.entries({ x509, jwt })) {
    const end = Number(slots.active.expires_at);
    if (end - now < soon)
      yield {
        severity: 'high',
        where: WHERE,
        what: `the authority that signs (${kind}) ${inDays(end, now)}`,
        mend: 'run rotate.yml',
      };
    if (slots.prepared)
      yield {
        severity: 'info',
        where: WHERE,
        what: `an authority (${kind}) is prepared`,
        mend: 'where a rotation was interrupted, run rotate.yml',
      };
  }
  for (const [kind, authorities] of Object.entries(bundle))
    if (authorities.some(({ tainted }) => tainted))
      yield {
        severity: 'medium',
        where: WHERE,
        what: `a tainted authority (${kind}) is still trusted`,
        mend: 'run rotate.yml: it goes on where it was interrupted',
      };
}
