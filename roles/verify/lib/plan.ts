import type { Mesh } from '../../mesh/lib/mesh.ts';
import { callProbes } from './calls.ts';
import { identityProbes } from './identities.ts';
import { nameProbes } from './names.ts';
import { type Act, MARK, type Probe, type Site } from './probe.ts';

/** Everything that is tried on a mesh, derived from its services. Pure: the same mesh gives the same probes. */
export function planOf(mesh: Mesh, site: Site): Probe[] {
  const calls = callProbes(mesh, site);
  const drafts = [...nameProbes(mesh, site), ...calls, ...identityProbes(mesh, site, calls)];
  const ids = new Map(drafts.map((draft, index) => [draft, `v${String(index + 1).padStart(3, '0')}`]));
  return drafts.map((draft) => {
    const { twin, ...probe } = draft;
    const id = ids.get(draft) ?? '';
    return { ...probe, id, act: marked(probe.act, id), twin: twin === null ? null : (ids.get(twin) ?? null) };
  });
}

const marked = (act: Act, id: string): Act =>
  act.kind === 'http' && act.through !== null ? { ...act, url: `${act.url}?${MARK}=${id}` } : act;

/** The certificates that the probes show, as the folders they are in. In this order those that must have ended come first. */
export const identitiesOf = (probes: readonly Probe[]): string[] =>
  [...new Set(probes.flatMap(({ act }) => (act.kind === 'tls' && act.identity !== null ? [act.identity] : [])))].sort();
