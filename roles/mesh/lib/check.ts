import { nearest, Problem, secondsOf } from 'mesh-play';
import { isCidr } from './cidr.ts';
import { clashes } from './clash.ts';
import { hostsOf, MESH_PORT, METRICS_PORT, unitName } from './derive.ts';
import { type Fault, type Known, repeated } from './fault.ts';
import type { Allowed, Egress, Stanza } from './stanza.ts';

/** RFC 1035, section 2.3.1. The names of units, namespaces and policies are made of it, so it is kept short as well. */
const LABEL = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
/** useradd(8). */
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
/** Units the mesh stands on: in a namespace of the mesh they would wait for themselves. */
const FOUNDATION =
  /^(?:spire-server|spire-agent|coredns|etcd|cilium|ssh|sshd|dbus|systemd-.*|mesh-(?:endpoint|sidecar|program)-.*)\.[a-z]+$/;
const FOUNDATION_USERS = ['root', 'spire-server', 'coredns', 'etcd'];
/** No inventory says them, and they are taken all the same (RFC 6761, section 6.3; SPIFFE IDs under /spire are SPIRE's own). */
const RESERVED: Known['taken'] = { localhost: 'every host’s own loopback', spire: 'what SPIRE keeps for itself' };

/** Everything that is wrong with the stanzas, each one's own faults first. */
export function faultsOf(stanzas: readonly Stanza[], known: Known): Fault[] {
  const own = stanzas.flatMap((stanza, index) =>
    ownFaults(stanza, stanzas, known).map((fault) => ({ ...fault, at: [index, ...fault.at] })),
  );
  return [...own, ...clashes(stanzas)];
}

function ownFaults(stanza: Stanza, all: readonly Stanza[], known: Known): Fault[] {
  return [
    ...nameFaults(stanza, known),
    ...placeFaults(stanza, known),
    ...programFaults(stanza),
    ...portFaults(stanza),
    ...lifetimeFaults(stanza),
    ...stanza.allow_from.flatMap((allowed, index) => within(['allow_from', index], allowFaults(stanza, allowed, all))),
    ...(stanza.egress ?? []).flatMap((egress, index) => within(['egress', index], egressFaults(stanza, egress, all))),
  ];
}

const within = (path: Fault['at'], faults: Iterable<Fault>): Fault[] =>
  [...faults].map((fault) => ({ ...fault, at: [...path, ...fault.at] }));

function* nameFaults({ name, user }: Stanza, { taken }: Known): Generator<Fault> {
  if (!LABEL.test(name))
    yield {
      at: ['name'],
      what: `"${name}" is no name for a service`,
      why: 'it is a DNS label, and units and namespaces are named after it',
      mend: 'use small letters, digits and hyphens, a letter first, 40 at most',
    };
  const owner = { ...taken, ...RESERVED }[name];
  if (owner !== undefined)
    yield { at: ['name'], what: `the service "${name}" has the name of ${owner}`, mend: 'rename the service' };
  if (!USER.test(user)) yield { at: ['user'], what: `${name}: "${user}" is no name for a user` };
  if (FOUNDATION_USERS.includes(user))
    yield {
      at: ['user'],
      what: `${name}: a service may not run as ${user}`,
      why: 'whoever is that user rules what the mesh stands on',
      mend: 'give it a user of its own',
    };
}

function* placeFaults(stanza: Stanza, { hosts, workloads }: Known): Generator<Fault> {
  const { name, host, user } = stanza;
  if ((host === undefined) === (stanza.hosts === undefined))
    yield { at: [], what: `${name} needs either "host" or "hosts"` };
  if (stanza.hosts?.length === 0) yield { at: ['hosts'], what: `${name}: "hosts" names no host` };
  for (const [index, one] of hostsOf(stanza).entries())
    if (!hosts.includes(one))
      yield {
        at: stanza.hosts === undefined ? ['host'] : ['hosts', index],
        what: `${name}: the group mesh has no host "${one}"`,
        ...near(one, hosts),
      };
  for (const twice of repeated(hostsOf(stanza)))
    yield { at: ['hosts', hostsOf(stanza).lastIndexOf(twice)], what: `${name}: "hosts" names ${twice} twice` };
  for (const beside of workloads.filter((one) => one.user === user && hostsOf(stanza).includes(one.host)))
    yield {
      at: ['user'],
      what: `${name}: the workload ${beside.name} on ${beside.host} runs as ${user} too`,
      why: 'each could act in the name of the other',
      mend: 'give each a user of its own',
    };
}

function* programFaults({ name, unit, command }: Stanza): Generator<Fault> {
  if ((unit === undefined) === (command === undefined))
    yield { at: [], what: `${name} needs either "unit" or "command"` };
  if (command !== undefined && !command[0]?.startsWith('/'))
    yield {
      at: ['command'],
      what: `${name}: the command "${command.join(' ')}" does not begin with an absolute path`,
      why: 'systemd runs it without a shell (systemd.service, COMMAND LINES)',
    };
  else if (command?.length === 1 && /\s/.test(command[0] ?? ''))
    yield {
      at: ['command'],
      what: `${name}: the command "${command[0]}" is one word`,
      why: 'systemd would look for a program of this name, spaces and all',
      mend: `write it as a list: [${command[0]?.trim().split(/\s+/).join(', ')}]`,
    };
  if (unit === undefined) return;
  if (!/^[A-Za-z0-9:_.@\\-]+$/.test(unit) || !unitName(unit).endsWith('.service'))
    yield { at: ['unit'], what: `${name}: "${unit}" is no service unit` };
  else if (unitName(unit).endsWith('@.service'))
    yield {
      at: ['unit'],
      what: `${name}: "${unit}" is a template of units`,
      mend: `name one that is made of it, such as ${unitName(unit).replace('@', `@${name}`)}`,
    };
  else if (FOUNDATION.test(unitName(unit)))
    yield {
      at: ['unit'],
      what: `${name}: ${unitName(unit)} cannot be a service of the mesh`,
      why: 'the mesh stands on it: it would be cut off from what it needs, and all services with it',
    };
}

function* portFaults({ name, listen, port, sidecar, allow_from: allowed }: Stanza): Generator<Fault> {
  if (listen === undefined && (allowed.length > 0 || port !== undefined))
    yield { at: [], what: `${name} needs "listen": others may call it` };
  if (sidecar === 'none') {
    if (port !== undefined && port !== listen)
      yield {
        at: ['port'],
        what: `${name}: "port" is where a sidecar listens, and it has none`,
        mend: 'leave "port" out',
      };
    return;
  }
  for (const [key, value] of Object.entries({ listen, port }))
    if (value === MESH_PORT || value === METRICS_PORT)
      yield { at: [key], what: `${name}: "${key}" is ${value}, which its sidecar has`, mend: 'choose another port' };
}

function* lifetimeFaults({ name, ttl }: Stanza): Generator<Fault> {
  try {
    const seconds = secondsOf(`ttl of ${name}`, ttl);
    if (seconds >= 1 && Number.isInteger(seconds)) return;
    yield {
      at: ['ttl'],
      what: `${name}: a certificate cannot live ${ttl}`,
      mend: 'write whole seconds, minutes or hours',
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    yield { at: ['ttl'], what: error.what, ...(error.mend === undefined ? {} : { mend: error.mend }) };
  }
}

function* allowFaults(stanza: Stanza, allowed: Allowed, all: readonly Stanza[]): Generator<Fault> {
  const { name, protocol, sidecar } = stanza;
  const { service, methods, paths } = allowed;
  if (service === name)
    yield {
      at: ['service'],
      what: `${name} allows itself`,
      mend: 'leave it out: a service may always call itself on loopback',
    };
  else yield* unknownService(`${name}: allow_from`, service, all);
  if ((methods || paths) && (protocol !== 'http' || sidecar !== 'envoy'))
    yield {
      at: [methods ? 'methods' : 'paths'],
      what: `${name}: methods and paths of ${service} cannot be held to`,
      why: protocol === 'http' ? 'it has no sidecar' : 'its protocol is tcp',
      mend: protocol === 'http' ? 'leave them out' : 'say protocol: http, or leave them out',
    };
  for (const [key, none] of Object.entries({ methods, paths }))
    if (none?.length === 0)
      yield {
        at: [key],
        what: `${name}: no ${key} of ${service} are named`,
        why: 'it may call, and everything it asks for would be refused',
        mend: `name some, or leave "${key}" out to allow all`,
      };
  for (const [index, method] of (methods ?? []).entries())
    if (!/^[A-Z]+$/.test(method))
      yield { at: ['methods', index], what: `${name}: "${method}" is no HTTP method`, mend: 'write it in capitals' };
  for (const [index, path] of (paths ?? []).entries())
    if (!/^\/[^*?#\s]*\*?$/.test(path))
      yield {
        at: ['paths', index],
        what: `${name}: "${path}" is no path`,
        mend: 'begin with /, and use * at the end only',
      };
}

function* egressFaults(stanza: Stanza, egress: Egress, all: readonly Stanza[]): Generator<Fault> {
  const { name } = stanza;
  const { service, cidr, ports } = egress;
  if ((service === undefined) === (cidr === undefined))
    yield { at: [], what: `${name}: an item of "egress" needs either "service" or "cidr"` };
  if (cidr !== undefined && (!isCidr(cidr) || cidr.includes(':')))
    yield { at: ['cidr'], what: `${name}: "${cidr}" is no range of IPv4 addresses` };
  if (cidr !== undefined && !ports?.length)
    yield { at: [], what: `${name}: egress to ${cidr} needs "ports"`, mend: 'name the ports it may reach' };
  if (service === undefined) return;
  if (ports !== undefined)
    yield {
      at: ['ports'],
      what: `${name}: egress to ${service} takes no "ports"`,
      why: 'a service says itself where it listens',
    };
  if (service === name) yield { at: ['service'], what: `${name}: egress names itself` };
  const found = all.find((one) => one.name === service);
  if (!found) yield* unknownService(`${name}: egress`, service, all);
  else if (service !== name && !found.allow_from.some((from) => from.service === name))
    yield {
      at: ['service'],
      what: `${name} may call ${service} by its egress, but ${service} does not allow it`,
      why: 'every such call would be refused',
      mend: `add {service: ${name}} to allow_from of ${service}, or take it out of egress of ${name}`,
    };
}

function* unknownService(where: string, service: string, all: readonly Stanza[]): Generator<Fault> {
  const names = all.map(({ name }) => name);
  if (!names.includes(service))
    yield { at: ['service'], what: `${where} names "${service}", which is no service`, ...near(service, names) };
}

function near(name: string, names: readonly string[]): { mend?: string } {
  const found = nearest(name, names);
  return found === undefined ? {} : { mend: `did you mean "${found}"?` };
}
