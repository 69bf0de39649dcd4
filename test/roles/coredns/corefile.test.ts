import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import { renderFile } from '../../support/render.ts';

const roleFile = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../roles/coredns', name), 'utf8');

/** The networks that a server lets ask. */
function allowed(given: Mapping): string | undefined {
  const text = renderFile(roleFile('templates/Corefile.j2'), {
    ...(load(roleFile('defaults/main.yml')) as Mapping),
    ...(load(roleFile('vars/main.yml')) as Mapping),
    inventory_hostname: 'control',
    groups: { coredns: ['control'], mesh: ['control'] },
    mesh_address: '192.0.2.10',
    coredns_allow: ['192.0.2.0/24'],
    ...given,
  });
  return /allow net (.*)/.exec(text)?.[1];
}

it('lets services ask by their own addresses where Cilium’s host firewall keeps those', () => {
  const mesh_ranges = { vm1: '10.200.2.0/24', control: '10.200.1.0/24' };
  expect(allowed({ mesh_ranges })).toBe('192.0.2.0/24');
  expect(allowed({ mesh_ranges, cilium_host_firewall: true })).toBe('192.0.2.0/24 10.200.1.0/24 10.200.2.0/24');
});
