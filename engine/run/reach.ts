import type { Host } from '../inventory/host.ts';
import type { Outlook } from '../playbook/sourcecheck.ts';
import type { Value } from '../value.ts';
import type { Run } from './options.ts';

const LOCAL = /^(localhost|::1|127(\.\d+){3})$/;

/** Whom plays are for, as far as the inventory and the options say it before the run. */
export function reachOf({
  inventory,
  limit,
  extraVars,
  connection,
}: Pick<Run, 'inventory' | 'extraVars'> & {
  connection: Pick<Run['connection'], 'connection'>;
  limit?: string | undefined;
}): Outlook['reach'] {
  const isController = (host: Host, folder: string): boolean => {
    const of = (name: string): Value | undefined =>
      [...inventory.sources(host, folder).map((source) => source.vars), extraVars].findLast((vars) => name in vars)?.[
        name
      ];
    const way = of('ansible_connection') ?? connection.connection ?? 'ssh';
    const address = String(of('ansible_host') ?? host.name);
    return host.implicit || !/^(ssh|smart|openssh)$/.test(String(way)) || LOCAL.test(address) || address.includes('{');
  };
  return (hosts, folder) => {
    const matched = inventory.match(hosts, limit).hosts;
    if (matched.length === 0) return 'nobody';
    return matched.some((host) => isController(host, folder)) ? 'controller' : 'others';
  };
}
