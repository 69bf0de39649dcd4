import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const hosts = join(folder, 'hosts');
writeFileSync(hosts, '[web]\nweb1 port=80\n');
const meshPlay = (...words: string[]): string =>
  execFileSync(process.execPath, [join(import.meta.dirname, '../../../bin/mesh-play.js'), ...words], {
    encoding: 'utf8',
  });

it('inventory takes its own -i, before and after what is asked', () => {
  for (const words of [
    ['-i', hosts, '--list'],
    ['--list', '-i', hosts],
  ])
    expect(JSON.parse(meshPlay('inventory', ...words))._meta.hostvars).toMatchObject({ web1: { port: 80 } });
  expect(meshPlay('inventory', '-i', hosts, '--graph')).toContain('web1');
});
