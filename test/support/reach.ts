import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAB, meshPlay, NETWORK, type Said } from './lab.ts';

/** The key and the known hosts of the lab. */
export const KEY = join(LAB, 'id_ed25519');
export const KNOWN = join(LAB, 'known_hosts');

/** Runs tasks on vm1 of the lab, reached as the variables say; inventory and playbook are written to the folder. */
export type OnVm1 = (tasks: string, variables: Record<string, string>, ...words: string[]) => Promise<Said>;

export function vm1In(folder: string): OnVm1 {
  return (tasks, variables, ...words) => {
    const all = {
      ansible_host: `${NETWORK}.11`,
      ansible_ssh_private_key_file: KEY,
      ansible_ssh_known_hosts_file: KNOWN,
      ...variables,
    };
    writeFileSync(join(folder, 'hosts.json'), JSON.stringify({ all: { hosts: { vm1: all } } }));
    const play = '- hosts: all\n  gather_facts: false\n  tasks:\n';
    writeFileSync(join(folder, 'site.yml'), play + tasks.replace(/^(?=.)/gm, '    '));
    return meshPlay(join(folder, 'site.yml'), '-i', join(folder, 'hosts.json'), ...words);
  };
}

/** What is said under the tasks, without the recap and what is of this machine alone. */
export const toldIn =
  (folder: string) =>
  ({ out }: Said): string =>
    out
      .slice(out.indexOf('TASK'), out.indexOf('PLAY RECAP'))
      .replaceAll(folder, '')
      .replaceAll(LAB, '')
      .replaceAll(NETWORK, '192.0.2')
      .replaceAll(/SHA256:[\w+/]+/g, 'SHA256:…')
      .trim();
