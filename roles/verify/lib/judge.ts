import type { Access, Drop } from './evidence.ts';
import { judgeLogin, loginsIn, speaksPostgres, worst } from './postgres.ts';
import { type Act, type Judged, type Layer, MARK, type Outcome, type Probe, type Site, UNLABELLED } from './probe.ts';

/** All that was seen while the probes ran. */
export interface Seen {
  outcomes: Record<string, Outcome>;
  drops: Drop[];
  accesses: Access[];
  /** Addresses of the namespaces without a label, by host. */
  unlabelled: Record<string, string>;
}

/**
 * Cilium's numbers of identities (pkg/identity/numericidentity.go): the host itself, and what has no label yet. Another host
 * has a number of its own on each, in a range that is kept for hosts.
 */
const HOST_IDENTITIES = [1, 6];
const INIT_IDENTITY = 5;
const isHost = (identity: number): boolean => HOST_IDENTITIES.includes(identity) || identity >>> 24 === 2;

const allowed = (happened: string, evidence: string): Judged => ({ verdict: 'allowed', by: null, happened, evidence });
const refused = (by: Layer, happened: string, evidence: string): Judged => ({
  verdict: 'refused',
  by,
  happened,
  evidence,
});
const unclear = (happened: string, { status, text }: Outcome): Judged => ({
  verdict: 'unclear',
  by: null,
  happened,
  evidence: `status ${status}: ${text.trim().slice(-400)}`,
});

/** What a probe came to, from what was seen and from nothing else. */
export function judge(probe: Probe, seen: Seen, site: Site): Judged {
  const outcome = seen.outcomes[probe.id];
  if (!outcome || outcome.untried) {
    const evidence = outcome?.text.trim() || 'its host answered nothing';
    return { verdict: 'unclear', by: null, happened: 'was not tried', evidence };
  }
  const { act } = probe;
  switch (act.kind) {
    case 'http':
      return http(probe, act, outcome, seen, site);
    case 'tls':
      return tls(probe, act, outcome, seen, site);
    case 'tcp':
      return tcp(probe, act, outcome, seen, site);
    case 'dns':
      return dns(act, outcome);
    case 'name':
      return named(outcome);
    case 'svid':
      return svid(outcome);
    case 'agent':
      return outcome.status === 0 ? allowed('it answers', outcome.text.trim()) : unclear('no answer', outcome);
    case 'memory':
      return memory(outcome);
  }
}

type Of<Kind extends Act['kind']> = Extract<Act, { kind: Kind }>;

function http(probe: Probe, act: Of<'http'>, outcome: Outcome, seen: Seen, site: Site): Judged {
  const figures = /(\d{3}) ([\d.]+)\s*$/.exec(outcome.text);
  const [code, connected] = [Number(figures?.[1] ?? 0), Number(figures?.[2] ?? 0) > 0];
  if (act.through === null) {
    if (!connected) return dropped(probe, act, outcome, seen, site);
    if (speaksPostgres(outcome)) return worst(loginsIn(outcome.text).map((one) => byLayer(judgeLogin(one), probe)));
    // It ends what is not a login, whether or not it would take one without TLS.
    if (speaksPostgres(seen.outcomes[probe.twin ?? '']))
      return unclear('connected, then closed: no login was tried', outcome);
    // Its status 28 is that it waited in vain: who hangs refuses nothing.
    if (code === 0 && outcome.text.includes('curl: (28) ')) return unclear('connected, no answer', outcome);
    // As net/http and nginx say it of a listener with TLS; Envoy ends the connection without an answer.
    const turned = code === 0 || (code === 400 && /HTTP request (?:was sent )?to (?:an )?HTTPS/.test(outcome.text));
    const how = code === 0 ? 'connected, then closed' : 'connected, then 400';
    return turned ? refused(tlsOf(probe), how, outcome.text.trim()) : allowed(`${code}`, outcome.text.trim());
  }
  const entry = seen.accesses.find(
    ({ service, path }) => service === act.through && path?.includes(`${MARK}=${probe.id}`),
  );
  if (!entry) return unclear(code === 0 ? 'no answer' : `${code}, not in the log of ${act.through}`, outcome);
  const evidence = `log of ${entry.service}@${entry.host}: ${entry.code} ${entry.details}, ${entry.peer} to ${entry.own}`;
  if (code === 403 && entry.details.startsWith('rbac_access_denied')) return refused('Envoy RBAC', '403', evidence);
  if (entry.details !== 'via_upstream') return unclear(`${code}`, { status: code, text: evidence });
  return identified(probe, `${code}`, entry, evidence);
}

/** A call that came through counts when the sidecar that took it saw the identities it should. */
function identified(probe: Probe, how: string, entry: Access, evidence: string): Judged {
  const { expect } = probe;
  const both = expect.allowed && entry.peer === expect.peer && entry.own === expect.own;
  if (both) return allowed(`${how}, both identities seen`, evidence);
  return { verdict: 'unclear', by: null, happened: `${how}, from ${entry.peer || 'nobody'}`, evidence };
}

const tlsOf = ({ expect }: Probe): Layer => expect.by ?? 'Envoy TLS';

const byLayer = (judged: Omit<Judged, 'by'>, probe: Probe): Judged => ({
  ...judged,
  by: judged.verdict === 'refused' ? tlsOf(probe) : null,
});

const ASSUMED = 'if it logs in by another user or to another database, say so in verify_logins';

function tls(probe: Probe, act: Of<'tls'>, outcome: Outcome, seen: Seen, site: Site): Judged {
  if (/^postgres: .* N$/m.test(outcome.text)) return unclear('PostgreSQL without TLS', outcome);
  const logins = loginsIn(outcome.text);
  if (logins.length === 0) return handshake(probe, act, outcome, seen, site);
  return worst(
    logins.map((one) => {
      const stood = handshake(probe, act, { ...outcome, text: one.text }, seen, site);
      // What is answered counts only where TLS stood before it.
      if (stood.verdict !== 'allowed') return stood;
      const judged = judgeLogin(one);
      const why = probe.expect.allowed && judged.verdict !== 'allowed' ? `; ${ASSUMED}` : '';
      return byLayer({ ...judged, evidence: `${stood.evidence}, ${judged.evidence}${why}` }, probe);
    }),
  );
}

function handshake(probe: Probe, act: Of<'tls'>, outcome: Outcome, seen: Seen, site: Site): Judged {
  const { text } = outcome;
  const alert =
    /(?:ssl3_read_bytes|SSL routines):?.*?alert ([a-z ]+)/.exec(text) ?? /SSL alert number (\d+)/.exec(text);
  if (alert) return refused(tlsOf(probe), `alert: ${alert[1]?.trim()}`, alertLine(text));
  if (!text.includes('CONNECTED')) return dropped(probe, act, outcome, seen, site);
  const names = /URI:(\S+?)(?:,|\s|$)/.exec(text)?.[1] ?? '';
  const answer = /^HTTP\/1\.[01] (\d+)/m.exec(text)?.[1];
  // Status 124 is timeout's: the connection stood until the end.
  const stood = answer !== undefined || (act.ask === '' && /^ended (?:0|124)$/m.test(text));
  // s_client calls a certificate that it never saw (ok) too.
  if (!stood || names === '' || !text.includes('(ok)')) return unclear('connected, no answer', outcome);
  if (probe.expect.allowed && probe.expect.own !== names)
    return { verdict: 'unclear', by: null, happened: `answered by ${names || 'nobody'}`, evidence: text.trim() };
  // A program that speaks TLS itself may refuse by what it answers, as nginx does.
  if (tlsOf(probe) === 'its own TLS' && ['400', '401', '403'].includes(answer ?? ''))
    return refused('its own TLS', `answered ${answer}`, `HTTP ${answer} of ${names}`);
  return allowed(`${answer ?? 'open'}, server’s identity seen`, `certificate of ${names}`);
}

const alertLine = (text: string): string => text.split('\n').find((line) => line.includes('alert')) ?? '';

function tcp(probe: Probe, act: Of<'tcp'>, outcome: Outcome, seen: Seen, site: Site): Judged {
  const { text } = outcome;
  if (!text.startsWith('connected')) return dropped(probe, act, outcome, seen, site);
  const greeting = text.replace('connected', '').trim();
  if (act.through === null) return allowed('connected', `${act.address}:${act.port}`);
  const { expect } = probe;
  const entry = seen.accesses.find(
    ({ service, path, peer }) => service === act.through && path === null && expect.allowed && peer === expect.peer,
  );
  if (!entry) return unclear(`not in the log of ${act.through}`, outcome);
  const evidence = `log of ${entry.service}@${entry.host}: ${entry.peer} to ${entry.own}; it said ${greeting || 'nothing'}`;
  return identified(probe, greeting === '' ? 'open' : 'answered', entry, evidence);
}

/** No connection: whether it was Cilium, its agents tell, of exactly this source and this destination. */
function dropped(probe: Probe, act: Of<'http' | 'tls' | 'tcp'>, outcome: Outcome, seen: Seen, site: Site): Judged {
  const [address, port] =
    act.kind === 'http' ? [new URL(act.url).hostname, Number(new URL(act.url).port || 80)] : [act.address, act.port];
  const drop = seen.drops.find(
    (one) =>
      one.to === address && one.port === port && one.reason === 'Policy denied' && isFrom(probe, one, seen, site),
  );
  if (!drop) return unclear('no connection', outcome);
  const flow = `identity ${drop.source} at ${drop.from} to ${drop.to}:${drop.port}`;
  return refused('Cilium policy', 'dropped', `Cilium on ${drop.host}: ${drop.reason}, ${flow}`);
}

function isFrom({ namespace, host, from }: Probe, drop: Drop, { unlabelled }: Seen, site: Site): boolean {
  if (namespace === null) return isHost(drop.source);
  if (namespace === UNLABELLED) return drop.source === INIT_IDENTITY && drop.from === unlabelled[host];
  const [service = ''] = from.split('@');
  return drop.from === site.hosts.find(({ name }) => name === host)?.endpoints[service];
}

function dns({ type }: Of<'dns'>, outcome: Outcome): Judged {
  const { text } = outcome;
  const status = /status: ([A-Z]+)/.exec(text)?.[1];
  if (status === 'REFUSED' || (type === 'AXFR' && status === undefined && text.includes('Transfer failed')))
    return refused('CoreDNS', status ?? 'transfer failed', text.trim());
  const values = [...text.matchAll(/^\S+\s+\d+\s+IN\s+([A-Z]+)\s+(.*)$/gm)];
  if (status !== 'NOERROR' && values.length === 0) return unclear(status ?? 'no answer', outcome);
  const addresses = values.flatMap(([, kind, value = '']) => (kind === 'A' ? [value] : []));
  return allowed(addresses.sort().join(', ') || `${values.length} records`, text.trim());
}

function named(outcome: Outcome): Judged {
  const addresses = [
    ...new Set([...outcome.text.matchAll(/^(\d+\.\d+\.\d+\.\d+)\s/gm)].map(([, address = '']) => address)),
  ];
  return outcome.status === 0
    ? allowed(addresses.sort().join(', '), outcome.text.trim())
    : unclear('no address', outcome);
}

function svid(outcome: Outcome): Judged {
  const { text } = outcome;
  if (/PermissionDenied|no identity issued/.test(text))
    return refused('SPIRE agent', 'PermissionDenied', text.trim().split('\n').at(-1) ?? '');
  const ids = [...text.matchAll(/^SPIFFE ID:\s+(\S+)$/gm)].map(([, id = '']) => id);
  return ids.length > 0 ? allowed(ids.sort().join(', '), text.trim()) : unclear('no answer', outcome);
}

function memory(outcome: Outcome): Judged {
  if (outcome.text.includes('opened')) return allowed('opened', outcome.text.trim());
  if (/Permission denied/.test(outcome.text)) return refused('kernel', 'permission denied', outcome.text.trim());
  return unclear('not tried', outcome);
}
