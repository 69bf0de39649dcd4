import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { playbook } from '../../support/playbook.ts';

const ROLE = join(import.meta.dirname, '../../../roles/spire');
const opt = temporaryFolder();
mkdirSync(join(opt, 'spire'));
symlinkSync('1.14.5', join(opt, 'spire/current'));

/** What a run says that is to bring SPIRE to a version, of hosts that all have 1.14.5; and how it ends. */
async function brought(version: string, limit?: string): Promise<string> {
  const { text, problems, worst } = await playbook({
    files: {
      'hosts.yml':
        'all: {vars: {ansible_connection: local}, children: {spire_server: {hosts: {control: {}}}, mesh: {hosts: {control: {}, vm1: {}}}}}\n',
      'site.yml': `- hosts: mesh:spire_server\n  gather_facts: false\n  tasks: [{import_role: {name: ${ROLE}, tasks_from: step}}]\n`,
    },
    extraVars: { artifact_dest: opt, spire_version: version },
    ...(limit === undefined ? {} : { limit }),
  });
  expect(problems).toEqual([]);
  return worst === 'fine' ? 'fine' : text;
}

describe('the way of SPIRE to another version', () => {
  it('is gone with servers and agents in one run, or with servers alone', async () => {
    expect(await brought('1.15.3')).toBe('fine');
    expect(await brought('1.15.3', 'control')).toBe('fine');
  });

  it('is refused where an agent would be newer than a server that --limit leaves out', async () => {
    const said = await brought('1.15.3', 'vm1');
    expect(said).toContain('the agent of vm1 would be spire 1.15.3, newer than the server of control, 1.14.5\n');
    expect(said).toContain('mend: name control in --limit as well, or bring it to 1.15.3 first\n');
  });

  it('asks nothing of a server that is left out where agents stay as they are', async () => {
    expect(await brought('1.14.5', 'vm1')).toBe('fine');
  });
});
