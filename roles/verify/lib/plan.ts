import type { Mesh } from '../../mesh/lib/mesh.ts';
import { callProbes } from './calls.ts';
import { identityProbes } from './identities.ts';
import { nameProbes } from './names.ts';
import { loginWord } from './postgres.ts';
import { type Act, type Login, MARK, type Probe, type Site } from './probe.ts';

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

/** A probe as the script that tries it reads it: words between tabs. */
export function wordsOf({ id, namespace, user, act }: Probe): string {
  return [id, namespace ?? '-', user ?? '-', act.kind, ...actWords(act)].join('\t');
}

const loginWords = ({ logins = [] }: { logins?: Login[] }): string[] =>
  logins.length === 0 ? [] : [loginWord(logins)];

function actWords(act: Act): string[] {
  switch (act.kind) {
    case 'http':
      return [act.url, act.method, ...loginWords(act)];
    case 'tls':
      return [act.address, String(act.port), act.name, act.identity ?? '-', act.ask || '-', ...loginWords(act)];
    case 'tcp':
      return [act.address, String(act.port), act.through === null ? '-' : 'greeting'];
    case 'dns':
      return [act.server, act.name, act.type];
    case 'name':
      return [act.name];
    case 'svid':
    case 'memory':
      return [act.unit ?? '-'];
    case 'agent':
      return [];
  }
}
