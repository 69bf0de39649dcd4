import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../../../bin/mesh-play.js');
// Outside of this repository, where no package is found: as it is for whoever installed mesh-play.
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-init-'));
afterAll(() => rmSync(folder, { recursive: true }));

function meshPlay(...words: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...words], { cwd: folder, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

it('init role makes a role whose test passes where its README says, and whose module has a manual', () => {
  expect(meshPlay('init', 'role', 'my-thing').status).toBe(0);
  const readme = readFileSync(join(folder, 'roles/my-thing/README.md'), 'utf8');
  const [, ...words] = (/`(mesh-play test [^`]+)`/.exec(readme)?.[1] ?? '').split(' ');
  const tried = meshPlay(...words);
  expect(tried.text).toContain('# pass 3\n# fail 0\n');
  expect(tried.status).toBe(0);
  expect(meshPlay('doc', 'my_thing_motd').text).toContain('my_thing_motd - Keeps one line of text in a file.');
  expect(meshPlay('doc').text).toMatch(/^my_thing_motd +Keeps one line of text in a file\.$/m);
});

it('a test of a role that fails makes mesh-play test fail', () => {
  expect(meshPlay('init', 'role', 'other').status).toBe(0);
  const file = join(folder, 'roles/other/test/other_motd.test.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace("after: 'hello'", "after: 'hullo'"));
  const tried = meshPlay('test', 'roles/other');
  expect(tried.text).toContain('# fail 1\n');
  expect(tried.status).toBe(1);
});

it('the new role does what it says, and nothing the second time', () => {
  expect(meshPlay('init', 'role', 'third').status).toBe(0);
  const play = `- hosts: localhost
  gather_facts: false
  roles: [{role: third, third_path: ${folder}/motd, third_line: hello}]
`;
  writeFileSync(join(folder, 'site.yml'), play);
  expect(meshPlay('site.yml').text).toMatch(/ok=2 +changed=1 /);
  expect(readFileSync(join(folder, 'motd'), 'utf8')).toBe('hello\n');
  expect(meshPlay('site.yml').text).toMatch(/ok=2 +changed=0 /);
});

it('a folder without tests is bad use', () => {
  expect(meshPlay('test', 'nowhere')).toEqual({
    status: 5,
    text: 'there is no test in nowhere/test\n  mend: name the folder of a role, as in: mesh-play test roles/nowhere\n',
  });
});
