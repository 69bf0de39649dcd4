import { compareVersions } from 'mesh-play';
import { type InUse, refused, refuseJump } from '../../artifact/lib/step.ts';

/** Where a version is, or is to be, in use. */
export interface Use extends InUse {
  part: 'server' | 'agent';
}

export interface Upgrade {
  product: string;
  to: string;
  /** Parts that are to go to it. */
  only: 'all' | 'servers' | 'agents';
}

/** Whether it goes up or down; throws a Problem for a way that the product's authors do not vouch for. */
export function direction(upgrade: Upgrade, uses: readonly Use[]): 'up' | 'down' | 'none' {
  const { product, to, only } = upgrade;
  if (uses.length === 0)
    throw refused(`${product} is on no host of the run`, 'the inventory says who has it: run site.yml first');
  for (const use of uses) refuseJump(product, to, use);
  const older = uses.filter(({ version }) => compareVersions(version, to) < 0);
  const newer = uses.filter(({ version }) => compareVersions(version, to) > 0);
  if (older.length > 0 && newer.length > 0)
    throw refused(
      `${product} ${to} is older than what ${newer[0]?.host} has, and newer than what ${older[0]?.host} has`,
      `first bring all hosts to one of the two: ${newer[0]?.version} or ${older[0]?.version}`,
    );
  if (only !== 'all') refuseNewerAgents(upgrade, uses);
  if (older.length > 0) return 'up';
  return newer.length > 0 ? 'down' : 'none';
}

function refuseNewerAgents({ product, to, only }: Upgrade, uses: readonly Use[]): void {
  const after = (part: Use['part']): Use[] =>
    uses.filter((use) => use.part === part).map((use) => (only === `${part}s` ? { ...use, version: to } : use));
  for (const server of after('server'))
    for (const agent of after('agent'))
      if (compareVersions(agent.version, server.version) > 0)
        throw refused(
          `the agent of ${agent.host} would be ${product} ${agent.version}, newer than the server of ${server.host}, ${server.version}`,
          only === 'agents' ? 'bring the servers to it first' : 'bring the agents to it first',
          'an agent is never newer than a server',
        );
}
