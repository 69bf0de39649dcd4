import { inside, type Placed, tlsLayer, whatIsAllowed } from './placed.ts';
import type { Draft, Expected, Login, SaidLogin } from './probe.ts';

/** Folders of the material, by what is in them. */
export const minted = (service: string): string => `minted/${service}`;
export const expired = (service: string): string => `expired/${service}`;
export const forged = (service: string): string => `forged/${service}`;
export const foreign = (service: string): string => `foreign/${service}`;
/** Whose SVID is shown where no service of the mesh is a stranger to another. */
export const NOBODY = 'mesh-verify-nobody';

/** A service whose SVID must open nothing at the target. */
const strangerTo = (target: Placed, placed: readonly Placed[]): string =>
  placed.find(({ name }) => name !== target.name && !target.allow_from.some(({ service }) => service === name))?.name ??
  NOBODY;

/**
 * As whom a caller asks if the target turns out to be PostgreSQL, which is known to nobody before: by its service's name,
 * unless the inventory says otherwise. Whoever shows another certificate claims the same, and its own name besides.
 */
function loginsOf(target: Placed, caller: Placed, stranger: string, said: readonly SaidLogin[]) {
  if (target.sidecar !== 'none' || target.protocol !== 'tcp') return { own: [], stolen: [] };
  const known = said.find(({ service, from }) => service === target.name && from === caller.name);
  const login: Login = { user: known?.user ?? caller.name, database: known?.database ?? caller.name };
  return { own: [login], stolen: [login, { ...login, user: stranger }] };
}

/**
 * What a target's TLS must refuse to one whose namespace may connect, each beside the SVID that it must take. They run as
 * root in that namespace: the keys are made for the run, and the service's user is not to have them.
 */
export function tlsProbes(
  target: Placed,
  caller: Placed,
  placed: readonly Placed[],
  said: readonly SaidLogin[],
): Draft[] {
  const { name, address, mesh_port: port, dns_name: dnsName } = target;
  if (port === null) return [];
  const { method, path } = whatIsAllowed(target, caller.name);
  // What a program sends to another over tcp is not known, so nothing is sent; the connection must stay open.
  const ask = target.protocol === 'http' ? `${method} ${path} HTTP/1.1|Host: ${dnsName}|Connection: close||` : '';
  const base = { ...inside(caller), user: null, to: `${name}@${target.host}` };
  const stranger = strangerTo(target, placed);
  const { own, stolen } = loginsOf(target, caller, stranger, said);
  const with_ = (identity: string | null, logins = own) => ({
    ...{ kind: 'tls' as const, address, port, name: dnsName, identity, ask },
    ...(logins.length === 0 ? {} : { logins }),
  });
  const twin: Draft = {
    ...base,
    tried: 'SVID of one that may call',
    act: with_(minted(caller.name)),
    expect: { allowed: true, own: target.spiffe_id, by: tlsLayer(target) },
    twin: null,
  };
  const refused: Expected = { allowed: false, by: tlsLayer(target) };
  const no = (tried: string, act: Draft['act']): Draft => ({ ...base, tried, act, expect: refused, twin });
  const url = `http://${address}:${port}${path}`;
  return [
    twin,
    no('no certificate', with_(null)),
    no('plaintext', { kind: 'http', url, method, through: null, ...(own.length === 0 ? {} : { logins: own }) }),
    no(`SVID of ${stranger === NOBODY ? 'nobody known' : stranger}`, with_(minted(stranger), stolen)),
    no('self-signed with the right SPIFFE ID', with_(forged(caller.name))),
    no('expired SVID', with_(expired(caller.name))),
    no('SVID of another trust domain', with_(foreign(caller.name))),
  ];
}
