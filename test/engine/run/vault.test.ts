import { expect, it } from 'vitest';
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
