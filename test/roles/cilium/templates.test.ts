import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { renderFile } from '../../support/render.ts';

const template = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../roles/cilium/templates', name), 'utf8');

it('tells the agent where every member of etcd is', () => {
  const text = renderFile(template('etcd.yaml.j2'), { cilium_etcd: ['192.0.2.10', '192.0.2.11'] });
  expect(load(text)).toMatchObject({ endpoints: ['https://192.0.2.10:2379', 'https://192.0.2.11:2379'] });
});
