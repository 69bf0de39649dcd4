import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { hostname, release, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import setup from '../../../engine/modules/setup.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const facts = async (given: Mapping): Promise<Mapping> =>
  (await runModule(setup, given)).returns.ansible_facts as Mapping;

describe('setup', () => {
  it('tells of this machine under Ansible’s names', async () => {
    expect(await facts({})).toMatchObject({
      ansible_hostname: hostname().split('.')[0],
      ansible_kernel: release(),
      ansible_system: 'Linux',
      ansible_user_id: userInfo().username,
      ansible_memtotal_mb: expect.any(Number),
      ansible_distribution: expect.any(String),
    });
  });

  it('keeps only facts that a pattern matches, with or without the prefix', async () => {
    const long = await facts({ filter: ['ansible_mem*_mb', 'ansible_kernel'] });
    expect(Object.keys(long)).toEqual(expect.arrayContaining(['ansible_kernel', 'ansible_memtotal_mb']));
    expect(Object.keys(long).filter((name) => !/^ansible_(kernel|mem.*_mb)$/.test(name))).toEqual([]);
    expect(Object.keys(await facts({ filter: 'kernel' }))).toEqual(['ansible_kernel']);
  });

  it('gathers only the subsets that are asked for', async () => {
    const few = await facts({ gather_subset: ['!all', '!min', 'network'] });
    expect(few).not.toHaveProperty('ansible_memtotal_mb');
    expect(few).toHaveProperty('ansible_interfaces');
  });

  it('reads the host’s own facts: JSON, INI, and what programs print', async () => {
    const folder = temporaryFolder();
    const put = (name: string, text: string, mode = 0o644): void => writeFileSync(join(folder, name), text, { mode });
    put('site.fact', '{"rack": 7, "names": ["a"]}');
    put('app.fact', '# kept by us\n[main]\nPort = 80\nurl: http://x/?a=b\n');
    put('made.fact', '#!/bin/sh\necho "{\\"one\\": 1}"\n', 0o755);
    put('broken.fact', '#!/bin/sh\nexit 3\n', 0o755);
    put('odd.fact', 'neither one nor the other\n');
    put('other.txt', '{}');
    const { ansible_local: local } = await facts({ gather_subset: ['!all', '!min', 'local'], fact_path: folder });
    expect(local).toEqual({
      site: { rack: 7, names: ['a'] },
      app: { main: { port: '80', url: 'http://x/?a=b' } },
      made: { one: 1 },
      broken: `Failure executing fact script (${folder}/broken.fact), rc: 3`,
      odd: `error loading facts as JSON or ini - please check content: ${folder}/odd.fact`,
    });
  });

  it('counts weeks as Python does', async () => {
    const { ansible_date_time: time } = await facts({ gather_subset: ['!all', '!min', 'date_time'] });
    expect(time).toMatchObject({ weeknumber: execFileSync('date', ['+%W'], { encoding: 'utf8' }).trim() });
  });

  it('refuses a subset it does not know', async () => {
    expect((await problemOf(setup, { gather_subset: ['weather'] })).what).toContain('weather');
  });
});
