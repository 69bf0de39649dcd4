import { loadInventory } from '../inventory/load.ts';
import { showGraph, showHost, showList } from '../inventory/show.ts';
import { nearest, Problem } from '../problem.ts';
import type { Secrets } from '../secrets.ts';
import type { Asked } from './options.ts';
import { EXIT, type Process } from './process.ts';
import { openVault } from './vaults.ts';

/** Prints the inventory: as JSON, as a tree, or one host's variables with where each comes from. */
export async function inventory(
  asked: Extract<Asked, { do: 'inventory' }>,
  process: Process,
  secrets: Secrets,
): Promise<number> {
  const { options } = asked;
  const vault = await openVault(options, process, secrets);
  const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);
  const loaded = loadInventory(options.inventory, { vault, warn });
  const print = (text: string): void =>
    void process.stdout.write(secrets.hide(text.endsWith('\n') ? text : `${text}\n`));
  if (asked.show === 'graph') print(showGraph(loaded));
  else if (asked.show === 'list') print(showList(loaded, options.playbookDir));
  else {
    const name = asked.host ?? '';
    const host = loaded.host(name);
    if (!host) {
      const near = nearest(name, loaded.hosts.keys());
      throw new Problem({
        code: 'unknown-host',
        what: `there is no host "${name}" in the inventory`,
        mend: near && `did you mean "${near}"?`,
      });
    }
    print(showHost(loaded, host, options.playbookDir));
  }
  return EXIT.fine;
}
