import type { Mesh } from '../../mesh/lib/mesh.ts';
import { spiffeId } from '../../mesh/lib/spiffe.ts';
import { inside } from './placed.ts';

import type { Draft, Expected, Site } from './probe.ts';

const SPIRE: Expected = { allowed: false, by: 'SPIRE agent' };

/** Who is given an SVID by the agent of a host, and who is not; and who can take one out of a sidecar's memory. */
export function identityProbes(mesh: Mesh, site: Site, calls: readonly Draft[]): Draft[] {
  return [...workloads(site), ...services(mesh, site, calls)];
}

const asUser = (host: string, user: string, unit: string | null = null) => ({
  from: unit === null ? `${user}@${host}` : `${unit}@${host}`,
  host,
  namespace: null,
  user,
  act: { kind: 'svid' as const, unit },
  twin: null,
});

function workloads({ workloads: all, hosts, trust_domain: domain }: Site): Draft[] {
  return all.flatMap(({ name, host, user }): Draft[] => {
    const id = spiffeId(domain, name);
    const twin: Draft = {
      ...asUser(host, user),
      tried: 'SVID of its own',
      to: name,
      expect: { allowed: true, ids: [id] },
    };
    const others = hosts.filter((one) => one.name !== host);
    return [
      twin,
      { ...asUser(host, 'nobody'), tried: 'SVID, as another user', to: name, expect: SPIRE, twin },
      ...others.map(
        (other): Draft => ({
          ...asUser(other.name, user),
          tried: 'SVID, from another host',
          to: name,
          expect: SPIRE,
          twin,
        }),
      ),
    ];
  });
}

/** What asks beside a service in its name. That the service itself has its SVID shows in a call: its unit alone can ask. */
function services(mesh: Mesh, site: Site, calls: readonly Draft[]): Draft[] {
  const answers = new Map(site.hosts.map(({ name }) => [name, agentAnswers(name)]));
  const asked = mesh.instances.flatMap((instance): Draft[] => {
    const { name, host, user, identity_unit: unit, hosts } = instance;
    const elsewhere = site.hosts.find((one) => !hosts.includes(one.name));
    const twin = calls.find((call) => shows(call, instance)) ?? answers.get(host) ?? null;
    const refused = { to: name, expect: SPIRE, twin };
    return [
      { ...asUser(host, 'nobody'), ...refused, tried: 'SVID, as another user' },
      { ...asUser(host, user), ...refused, tried: 'SVID, outside of its unit' },
      // Once a service: a host can make a unit of that name only once.
      ...(elsewhere && host === hosts[0]
        ? [
            {
              ...asUser(elsewhere.name, user, unit),
              ...refused,
              tried: 'SVID, from another host',
              twin: answers.get(elsewhere.name) ?? null,
            },
          ]
        : []),
      ...memory(instance),
    ];
  });
  const used = new Set(asked.map(({ twin }) => twin));
  return [...[...answers.values()].filter((answer) => used.has(answer)), ...asked];
}

const agentAnswers = (host: string): Draft => ({
  from: host,
  host,
  namespace: null,
  user: null,
  tried: 'agent answers',
  to: `SPIRE agent of ${host}`,
  act: { kind: 'agent' },
  expect: { allowed: true },
  twin: null,
});

/** Whether a call that is allowed shows the SVID of an instance: it answers, or it is seen to call. */
function shows({ expect, from, to }: Draft, { name, host, spiffe_id: id }: Mesh['instances'][number]): boolean {
  if (!expect.allowed) return false;
  const place = `${name}@${host}`;
  return (expect.own === id && to === place) || (expect.peer === id && from === place);
}

/** The program runs as the same user as its sidecar, and must not reach into it. */
function memory(instance: Mesh['instances'][number]): Draft[] {
  const { name, host, sidecar, sidecar_unit: unit } = instance;
  if (sidecar !== 'envoy') return [];
  const base = { ...inside(instance), host };
  const own = { kind: 'memory' as const, unit: null };
  const twin: Draft = {
    ...base,
    tried: 'memory of a program of its own',
    to: name,
    act: own,
    expect: { allowed: true },
    twin: null,
  };
  const act = { kind: 'memory' as const, unit };
  return [
    twin,
    { ...base, tried: 'memory of the sidecar', to: unit, act, expect: { allowed: false, by: 'kernel' }, twin },
  ];
}
