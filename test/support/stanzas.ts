import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** A service as the inventory has it, as far as a test looks at one. */
export interface Stanza {
  name: string;
  allow_from?: { service: string }[];
}

/** The services of the lab's inventory. */
export function stanzasOfLab(): Stanza[] {
  const path = join(import.meta.dirname, '../../inventories/lab/group_vars/all/services.yml');
  return (load(readFileSync(path, 'utf8')) as { mesh_services: Stanza[] }).mesh_services;
}
