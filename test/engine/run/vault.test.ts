import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { play, playbook } from '../../support/playbook.ts';
import { vaulted } from '../../support/vaulted.ts';

const PASSWORD = 'pw';
const inline = (text: string): string => `!vault |\n${vaulted(text, PASSWORD).trim().replace(/^/gm, '        ')}\n`;

it('what is vaulted in a file is its text, never a template', async () => {
  const vars = `  vars:\n    n: 5\n    word: ${inline('in {{ n }}')}    list:\n      - ${inline('of {{ n }}')}`;
  const tasks = `- debug: {msg: "{{ word | length }} {{ list[0] | length }} {{ (word ~ 'x') is search('n }}x') }}"}
- debug: {msg: "{{ word }}"}
`;
  const { said } = await playbook({ files: { 'site.yml': play(tasks, vars) }, vaultPasswords: [PASSWORD] });
  expect(new Set(said.map((line) => line.replace(/^\w+: /, '')))).toEqual(new Set(['10 10 True', 'in {{ n }}']));
});

it('files that lookups and templates read are opened', async () => {
  const files = {
    'site.yml': play(
      `- debug: {msg: "{{ lookup('file', 'f') }}|{{ lookup('template', 't.j2') }}" }\n`,
      '  vars: {n: 5}\n',
    ),
    'files/f': vaulted('f {{ n }}\n', PASSWORD),
    'templates/t.j2': vaulted("{% include 'i.j2' %} {{ n }}\n", PASSWORD),
    'templates/i.j2': vaulted('i {{ n }}', PASSWORD),
  };
  const { said } = await playbook({ files, vaultPasswords: [PASSWORD] });
  expect(said[0]).toContain('i 5 5');
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it('files that copy sends are opened, whatever their size, unless decrypt says no', async () => {
  const [dest, large] = [temporaryFolder(), randomBytes(100_000)];
  const closed = vaulted(large, PASSWORD);
  const files = {
    'site.yml': play(`- copy: {src: large, dest: ${dest}/large}
- copy: {src: large, dest: ${dest}/closed, decrypt: false}
- copy: {src: tree, dest: ${dest}}
`),
    'files/large': closed,
    'files/tree/large': closed,
  };
  const { worst } = await playbook({ files, vaultPasswords: [PASSWORD], limit: 'a1' });
  expect(worst).toBe('fine');
  for (const name of ['large', 'tree/large']) expect(sha256(readFileSync(join(dest, name)))).toBe(sha256(large));
  expect(readFileSync(join(dest, 'closed'), 'utf8')).toBe(closed);
});

it.each([
  ['tar', ['tar', '-czf', 'a', 'inner']],
  ['zip', ['python3', '-c', "import zipfile; zipfile.ZipFile('a', 'w').write('inner')"]],
])('a vaulted %s archive is opened before it is unpacked', async (_kind, [program = '', ...words]) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'inner'), 'what is in it\n');
  execFileSync(program, words, { cwd: folder });
  const files = {
    'site.yml': play(`- file: {path: ${folder}/out, state: directory}
- unarchive: {src: a, dest: ${folder}/out}
- unarchive: {src: a, dest: ${folder}/out}
  name: again
- file: {path: ${folder}/closed, state: directory}
- unarchive: {src: a, dest: ${folder}/closed, decrypt: false}
  ignore_errors: true
`),
    'files/a': vaulted(readFileSync(join(folder, 'a')), PASSWORD),
  };
  const { worst, events } = await playbook({ files, vaultPasswords: [PASSWORD], limit: 'a1' });
  expect(worst).toBe('fine');
  expect(readFileSync(join(folder, 'out/inner'), 'utf8')).toBe('what is in it\n');
  const again = events.flatMap((event) =>
    event.type === 'task-done' && event.task.name === 'again' ? [event.result.status] : [],
  );
  expect(again).toEqual(['ok']);
  expect(existsSync(join(folder, 'closed/inner'))).toBe(false);
});
