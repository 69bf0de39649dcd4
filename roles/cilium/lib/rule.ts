import { isIP } from 'node:net';
import type { Mapping, Value } from 'mesh-play';
import { isCidr, isWithin } from '../../mesh/lib/cidr.ts';
import { isIdKey, isSpiffeId, labelFault } from './label.ts';
import { both, type Check, fields, isMapping, list, text, word } from './shape.ts';

/**
 * What is taken of cilium.io/v2, CiliumClusterwideNetworkPolicy.spec (pkg/policy/api of 1.19). A value of a wrong type kills
 * the agent, and what it does not know it drops in silence, which can leave a rule that allows more than was meant; so
 * everything else is refused. No layer 7 and no names, since it runs without its proxy, and no enableDefaultDeny, since
 * what is not allowed stays refused.
 */
const PROTOCOLS = ['TCP', 'UDP', 'ANY'];
const ENTITIES = ['all', 'world', 'world-ipv4', 'world-ipv6', 'cluster', 'host', 'remote-node', 'unmanaged', 'none'];

const label = (key: string): Check =>
  function* (value, at) {
    if (typeof value !== 'string') return yield `${at}: the value of "${key}" is no text`;
    // Written as it is, and encoded when the policy is written.
    const fault = labelFault(key, isIdKey(key) && isSpiffeId(value) ? '' : value);
    if (fault !== undefined) yield `${at}: ${fault}`;
  };

const labels: Check = function* (value, at) {
  if (!isMapping(value)) return yield `${at}: is no mapping`;
  for (const [key, inner] of Object.entries(value)) yield* label(key)(inner, at);
};

const expression: Check = both(
  fields({ key: text, operator: word(['In', 'NotIn', 'Exists', 'DoesNotExist']), values: list(text) }, [
    'key',
    'operator',
  ]),
  function* (value, at) {
    if (!isMapping(value)) return;
    const { key, operator, values } = value;
    if (typeof key !== 'string') return;
    for (const one of Array.isArray(values) && values.length > 0 ? values : ['']) yield* label(key)(one, at);
    const listed = operator === 'In' || operator === 'NotIn';
    if (listed !== (values !== undefined)) yield `${at}: ${String(operator)} takes ${listed ? 'values' : 'no values'}`;
  },
);

const selector = fields({ matchLabels: labels, matchExpressions: list(expression) });

const cidr = (bare: boolean): Check =>
  function* (value, at) {
    if (typeof value !== 'string' || !(isCidr(value) || (bare && isIP(value) !== 0)))
      yield `${at}: ${JSON.stringify(value)} is no range of addresses`;
  };

const cidrSet = both(fields({ cidr: cidr(false), except: list(cidr(false)) }, ['cidr']), function* (value, at) {
  const { cidr: all, except } = value as { cidr?: string; except?: string[] };
  if ([...cidr(false)(all ?? null, at)].length > 0 || !Array.isArray(except)) return;
  for (const part of except) {
    const [inner = ''] = String(part).split('/');
    if (isIP(inner) !== 0 && !isWithin(inner, all as string)) yield `${at}.except: "${part}" is not in ${all}`;
  }
});

/** A number as a text. Go would read one with a zero before it as octal. */
const port: Check = function* (value, at) {
  if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,4})$/.test(value) || Number(value) > 65535)
    yield `${at}: ${JSON.stringify(value)} is no port; it is written as a text, from "0" to "65535"`;
};

const endPort: Check = function* (value, at) {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65535)
    yield `${at}: ${JSON.stringify(value)} is no port; it is written as a number`;
};

const ports = both(fields({ port, endPort, protocol: word(PROTOCOLS) }, ['port']), function* (value, at) {
  if (!isMapping(value)) return;
  const { port: first, endPort: last } = value;
  if (typeof last === 'number' && last < Number(first)) yield `${at}: endPort is before port`;
});

/** Cilium takes 40 at most (rule_validation.go). */
const toPorts = list(fields({ ports: list(ports, { most: 40 }) }, ['ports']));

/** One kind of peer a rule; a list of none would be read as everybody once the field is left out. */
function rule(which: 'from' | 'to'): Check {
  const peers: Record<string, Check> = {
    [`${which}Endpoints`]: list(selector),
    [`${which}Entities`]: list(word(ENTITIES)),
    [`${which}CIDR`]: list(cidr(true)),
    [`${which}CIDRSet`]: list(cidrSet),
  };
  return both(fields({ ...peers, toPorts }), function* (value, at) {
    if (!isMapping(value)) return;
    const kinds = Object.keys(value).filter((key) => key in peers);
    if (kinds.length > 1) yield `${at}: ${kinds.join(' and ')} cannot be in one rule; make two of it`;
    if (Object.keys(value).length === 0) yield `${at}: says nothing`;
  });
}

const DIRECTIONS = ['ingress', 'ingressDeny', 'egress', 'egressDeny'] as const;
const spec = fields({
  description: text,
  endpointSelector: selector,
  nodeSelector: selector,
  ingress: list(rule('from'), { least: 0 }),
  ingressDeny: list(rule('from'), { least: 0 }),
  egress: list(rule('to'), { least: 0 }),
  egressDeny: list(rule('to'), { least: 0 }),
});

/** Whether a policy is for hosts themselves: such a one can cut off SSH. */
export const isForHosts = (value: Mapping): boolean => 'nodeSelector' in value;

/** What is wrong with a policy's spec, each with the place in it. Empty when it can be given to an agent. */
export function faultsOf(value: Mapping): string[] {
  const faults = [...spec(value as Value, 'spec')];
  if (['endpointSelector', 'nodeSelector'].filter((key) => key in value).length !== 1)
    faults.push('spec: takes either endpointSelector or nodeSelector');
  if (DIRECTIONS.every((key) => (value[key] as Value[] | undefined)?.length === 0 || !(key in value)))
    faults.push('spec: there is no rule in it; Cilium takes none of that kind');
  return faults;
}
