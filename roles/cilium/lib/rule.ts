import { isIP } from 'node:net';
import { type Mapping, nearest, type Value } from 'mesh-play';
import { isSpiffeId, labelFault } from './label.ts';

/**
 * Fields of a policy that are taken here (cilium.io/v2, CiliumClusterwideNetworkPolicy.spec). Others are refused by name:
 * what the agent does not understand it leaves out, or dies of at its next start. No layer 7 rules and no names, since it
 * runs without its proxy; no nodeSelector, since rules for hosts could cut off SSH.
 */
const PEERS = {
  ingress: ['fromEndpoints', 'fromEntities', 'fromCIDR', 'fromCIDRSet'],
  egress: ['toEndpoints', 'toEntities', 'toCIDR', 'toCIDRSet'],
};
const SPEC = ['description', 'endpointSelector', 'ingress', 'ingressDeny', 'egress', 'egressDeny', 'enableDefaultDeny'];
const SELECTOR = ['matchLabels', 'matchExpressions'];
const EXPRESSION = ['key', 'operator', 'values'];
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
const ENTITIES = [
  'all',
  'world',
  'world-ipv4',
  'world-ipv6',
  'cluster',
  'host',
  'remote-node',
  'init',
  'health',
  'unmanaged',
  'none',
];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPV6', 'ANY'];

/** What is wrong with a policy's spec, each with the place in it. Empty when it can be given to an agent. */
export function faultsOf(spec: Mapping): string[] {
  const faults: string[] = [...unknown(spec, SPEC, 'spec')];
  if (spec['nodeSelector'] !== undefined)
    faults.push('spec.nodeSelector: rules for hosts are not taken, since one could cut off SSH');
  if (spec['endpointSelector'] === undefined) faults.push('spec: endpointSelector is missing');
  else faults.push(...selectorFaults(spec['endpointSelector'], 'spec.endpointSelector'));
  let rules = 0;
  for (const direction of ['ingress', 'egress'] as const)
    for (const field of [direction, `${direction}Deny`]) {
      const list = listOf(spec[field]);
      rules += list.length;
      for (const [index, rule] of list.entries())
        faults.push(...ruleFaults(rule, PEERS[direction], `spec.${field}[${index}]`));
    }
  if (rules === 0) faults.push('spec: there is no rule in it; Cilium takes none of that kind');
  return faults;
}

const isMapping = (value: Value | undefined): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);

function* unknown(mapping: Mapping, known: readonly string[], at: string): Generator<string> {
  for (const key of Object.keys(mapping)) {
    if (known.includes(key) || key === 'nodeSelector') continue;
    const near = nearest(key, known);
    yield `${at}: "${key}" is not taken${near === undefined ? '' : `; did you mean "${near}"?`}`;
  }
}

function* ruleFaults(rule: Value, peers: readonly string[], at: string): Generator<string> {
  if (!isMapping(rule)) return yield `${at}: is no rule`;
  yield* unknown(rule, [...peers, 'toPorts'], at);
  for (const [key, value] of Object.entries(rule)) {
    const here = `${at}.${key}`;
    for (const item of listOf(value)) {
      if (key.endsWith('Endpoints')) yield* selectorFaults(item, here);
      else if (key.endsWith('Entities')) yield* wordFaults(item, ENTITIES, here);
      else if (key.endsWith('CIDR')) yield* cidrFaults(item, here);
      else if (key.endsWith('CIDRSet')) yield* cidrFaults(isMapping(item) ? item['cidr'] : item, here);
      else if (key === 'toPorts') yield* portFaults(item, here);
    }
  }
}

function* selectorFaults(selector: Value | undefined, at: string): Generator<string> {
  if (!isMapping(selector)) return yield `${at}: is no selector`;
  yield* unknown(selector, SELECTOR, at);
  const labels = isMapping(selector['matchLabels']) ? Object.entries(selector['matchLabels']) : [];
  for (const [key, value] of labels) yield* labelFaults(key, value, at);
  for (const expression of listOf(selector['matchExpressions'])) {
    if (!isMapping(expression)) return yield `${at}: an expression is none`;
    yield* unknown(expression, EXPRESSION, at);
    yield* wordFaults(expression['operator'], OPERATORS, at);
    yield* labelFaults(String(expression['key']), undefined, at);
    for (const value of listOf(expression['values'])) yield* labelFaults(String(expression['key']), value, at);
  }
}

/** A SPIFFE ID is written as it is, and encoded when the policy is written. */
function* labelFaults(key: string, value: Value | undefined, at: string): Generator<string> {
  const text = typeof value === 'string' && isSpiffeId(value) ? undefined : value;
  const fault = text === undefined ? labelFault(key, undefined) : labelFault(key, String(text));
  if (fault !== undefined) yield `${at}: ${fault}`;
}

function* wordFaults(word: Value | undefined, known: readonly string[], at: string): Generator<string> {
  if (typeof word === 'string' && known.includes(word)) return;
  const near = typeof word === 'string' ? nearest(word, known) : undefined;
  yield `${at}: "${String(word)}" is not taken${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function* cidrFaults(value: Value | undefined, at: string): Generator<string> {
  const [address = '', bits = ''] = String(value).split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || !/^\d+$/.test(bits) || Number(bits) > most)
    yield `${at}: "${String(value)}" is no range of addresses`;
}

function* portFaults(value: Value, at: string): Generator<string> {
  if (!isMapping(value)) return yield `${at}: is no list of ports`;
  if (value['rules'] !== undefined)
    yield `${at}.rules: rules of layer 7 are not taken, since the agent runs without its proxy`;
  yield* unknown(value, ['ports', 'rules'], at);
  for (const port of listOf(value['ports'])) {
    if (!isMapping(port)) return yield `${at}: is no port`;
    yield* unknown(port, ['port', 'endPort', 'protocol'], at);
    const number = Number(port['port']);
    if (typeof port['port'] !== 'string' || !Number.isInteger(number) || number < 0 || number > 65535)
      yield `${at}: "${String(port['port'])}" is no port; it is written as a text`;
    if (port['protocol'] !== undefined) yield* wordFaults(port['protocol'], PROTOCOLS, at);
  }
}
