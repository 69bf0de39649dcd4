import { Problem } from 'mesh-play';

import { ID_LABEL, NAMESPACE_LABEL } from './label.ts';

/** What `endpoint show` tells of a service's endpoint. */
export interface Shown {
  /** Address of eth0 in the namespace; undefined without one. */
  address: string | undefined;
  /** silent: it did not answer, or not to this question. */
  agent: 'silent' | 'answers';
  /** What the agent has. */
  endpoint: Endpoint | undefined;
}

interface Endpoint {
  state: string;
  identity: number;
  address: string | undefined;
  labels: string[];
}

/** The part of models.Endpoint that is read here (Cilium's api/v1/openapi.yaml). */
interface Answer {
  status?: {
    state?: string;
    identity?: { id?: number; labels?: string[] };
    networking?: { addressing?: { ipv4?: string }[] };
  };
}

/** Nothing is there, and no agent either. */
export const nothingShown: Shown = { address: undefined, agent: 'silent', endpoint: undefined };

/** Reads address, status and answer, one a line. */
export function parseShown(text: string): Shown {
  const [address = '', status = '', ...answer] = text.split('\n');
  const found: Shown = { ...nothingShown, address: address === 'none' ? undefined : address };
  if (status === '404') return { ...found, agent: 'answers' };
  if (status !== '200') return found;
  const { status: { state = '', identity, networking } = {} } = JSON.parse(answer.join('\n')) as Answer;
  const { id = 0, labels = [] } = identity ?? {};
  const endpoint = { state, identity: id, address: networking?.addressing?.[0]?.ipv4, labels };
  return { ...found, agent: 'answers', endpoint };
}

/**
 * States of an endpoint whose rules are in force. It is built again whenever a policy or an agent changes; that is no
 * reason to restart a service.
 */
const ALIVE = ['ready', 'waiting-to-regenerate', 'regenerating', 'restoring'];

/** Whether the endpoint lives, at the address it should have, inside and outside of the namespace. */
export const isThere = ({ address, endpoint }: Shown, wanted: string): boolean =>
  address === wanted && endpoint?.address === wanted && ALIVE.includes(endpoint.state);

/** Whether these are its labels and no others, and it has an identity by them. Below 256 identities are reserved. */
export function hasLabels({ endpoint }: Shown, label: string): boolean {
  if (endpoint === undefined || endpoint.identity < 256) return false;
  // Cilium writes a source before each, `unspec` when none was given.
  const wanted = [`unspec:${ID_LABEL}=${label}`, NAMESPACE_LABEL];
  return JSON.stringify([...endpoint.labels].sort()) === JSON.stringify(wanted.sort());
}

/** What there is, in words; null when there is nothing. */
export function said({ address, endpoint }: Shown): string | null {
  if (endpoint) {
    const labels = endpoint.labels.map((label) => label.replace(`unspec:${ID_LABEL}=`, ''));
    const where = address === undefined ? ', without a namespace' : '';
    return `${endpoint.state} at ${endpoint.address} as ${labels.filter((one) => one !== NAMESPACE_LABEL).join(', ')}${where}`;
  }
  return address === undefined ? null : `a namespace with ${address}, without an endpoint`;
}

/** What the program `endpoint` means where it ends with 1 at `down`. */
export const endpointKept = (host: string, name: string, said: string): Problem =>
  new Problem({
    code: 'endpoint-kept',
    what: `the Cilium agent on ${host} does not give up the endpoint of ${name}`,
    details: said.trim().split('\n'),
    why: `${name} is stopped and its namespace is gone, but its address stays taken`,
    mend: 'see the log of cilium.service there, and run this again',
  });
