import type { Meta } from '../playbook/model.ts';
import type { RunHost } from './host.ts';
import type { PlayRun } from './play.ts';

/** A meta task; `flush` runs the handlers that hosts notified. What is about the whole play asks the first host alone whether its condition holds, as Ansible does. */
export async function runMeta(
  play: PlayRun,
  meta: Meta,
  hosts: readonly RunHost[],
  flush: (hosts: readonly RunHost[]) => Promise<void>,
): Promise<void> {
  const holds = (host: RunHost): boolean => {
    const scope = play.scope(meta, host);
    return meta.keywords.when.every((condition) => play.run.expressions.holds(condition, scope));
  };
  const first = (): boolean => holds(hosts[0] as RunHost);
  switch (meta.action) {
    case 'flush_handlers':
      return flush(hosts.filter(holds));
    case 'end_play':
    case 'end_batch':
      if (first()) endForAll(play, meta.action === 'end_play');
      return;
    case 'end_host':
      for (const host of hosts.filter(holds)) host.standing = 'ended';
      return;
    case 'end_role':
      for (const host of hosts.filter(holds)) host.leaving = meta.keywords.role;
      return;
    case 'clear_facts':
      if (first()) for (const host of play.batch) host.clearFacts();
      return;
    case 'clear_host_errors':
      if (first()) for (const host of play.batch) forgive(host);
      return;
    case 'noop':
      return;
    case 'reset_connection':
      await Promise.all(hosts.filter(holds).map((host) => host.connections.close()));
      return;
    default:
      return meta.action satisfies never;
  }
}

function endForAll(play: PlayRun, ended: boolean): void {
  for (const host of play.batch) if (host.standing === 'alive') host.standing = 'ended';
  play.ended ||= ended;
}

/** A host that failed takes part again in the next play, one that was unreachable from here on. */
function forgive(host: RunHost): void {
  if (host.standing === 'failed') host.standing = 'ended';
  if (host.standing === 'unreachable') host.standing = 'alive';
  host.lost = false;
}
