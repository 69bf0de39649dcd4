import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { renderFile } from '../../support/render.ts';

const template = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../roles/cilium/templates', name), 'utf8');

describe('the host firewall', () => {
  const file = join(import.meta.dirname, '../../../roles/cilium/tasks/version.yml');
  const task = (load(readFileSync(file, 'utf8')) as { name: string; assert: { that: string } }[]).find(
    ({ name }) => name === 'Host firewall stays off',
  );
  const passes = (...flags: string[]) =>
    renderFile(`{{ ${task?.assert.that} }}`, { cilium_flags_more: flags }) === 'True';

  it.each([
    '--enable-host-firewall',
    '--enable-host-firewall=true',
    '--enable-host-firewall=1',
    '--enable-host-firewall true',
    '--config-dir=/etc/cilium/more',
    '--config=/etc/cilium/more.yaml',
  ])('is not turned on by %s: an agent that starts with it cuts off SSH', (flag) => {
    expect(passes('--debug', flag)).toBe(false);
  });

  it('is no matter of other flags', () => {
    expect(passes()).toBe(true);
    expect(passes('--debug', '--enable-host-firewall=false', '--config-sources=[]')).toBe(true);
  });
});

it('tells the agent where every member of etcd is', () => {
  const text = renderFile(template('etcd.yaml.j2'), { cilium_etcd: ['192.0.2.10', '192.0.2.11'] });
  expect(load(text)).toMatchObject({ endpoints: ['https://192.0.2.10:2379', 'https://192.0.2.11:2379'] });
});
