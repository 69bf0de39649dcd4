import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import script from '../../../engine/modules/script.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';
import { playbook } from '../../support/playbook.ts';

const folder = temporaryFolder();
mkdirSync(join(folder, 'with space'));
const file = join(folder, 'with space', 'tell it.sh');
writeFileSync(file, '#!/bin/sh\nprintf "%s|" "$@"; basename "$0"; pwd; cat; echo "$0" >&2\n');
const quoted = `'${file}'`;

describe('script', () => {
  it.each<[string, Mapping, string]>([
    ['runs a file with its arguments', { cmd: `${quoted} a "b c" 'd'` }, `a|b c|d|tell it.sh\n`],
    ['reads arguments as a shell does', { cmd: `"${file}" $((1 + 2)) a\\ b` }, '3|a b|tell it.sh\n'],
    ['needs no quotes with a backslash', { cmd: file.replaceAll(' ', '\\ ') }, '|tell it.sh\n'],
    ['gives it to a program', { cmd: `${quoted} x`, executable: 'sh -e' }, 'x|tell it.sh\n'],
  ])('%s', async (_title, given, printed) => {
    const { changed, returns } = await runModule(script, { chdir: folder, ...given });
    expect(changed).toBe(true);
    expect(returns).toMatchObject({ rc: 0, stdout: `${printed}${folder}\n`, stdout_lines: [printed.trim(), folder] });
    expect(existsSync(String(returns['stderr']).trim())).toBe(false);
    expect(readdirSync(folder)).toEqual(['with space']);
  });

  it('fails with its status, and where its folder is not there', async () => {
    writeFileSync(join(folder, 'with space', 'fail.sh'), '#!/bin/sh\necho no >&2; exit 3\n');
    const { failed, returns } = await runModule(script, { cmd: `"${folder}/with space/fail.sh"` });
    expect([failed, returns.rc, returns.stderr]).toEqual(['non-zero return code', 3, 'no\n']);
    expect((await runModule(script, { cmd: quoted, chdir: '/mesh-play/no' })).failed).toBe('non-zero return code');
    expect((await problemOf(script, { cmd: quoted, chdir: 'here' })).what).toContain('must be a whole path');
  });

  it('is skipped by creates and removes, and told in check mode where they say all', async () => {
    const site = `- hosts: a1
  gather_facts: false
  tasks:
    - script: s.sh creates=/etc
      register: made
    - script: s.sh
      args: {removes: /mesh-play/no}
      register: needed
    - script: {cmd: s.sh, creates: /mesh-play/no}
      register: ran
    - script: s.sh
      register: always
    - debug: {msg: "{{ [made, needed, ran, always] | map(attribute='skipped', default=false) }} {{ [ran, always] | map(attribute='changed', default=false) }} {{ made.msg }}"}
`;
    const files = { 'site.yml': site, 'files/s.sh': '#!/bin/sh\necho ran\n' };
    const { said, problems } = await playbook({ files });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: [True, True, False, False] [True, True] /etc exists, matching creates option']);
    const checked = await playbook({ files, check: true });
    expect(checked.said).toEqual(['a1: [True, True, False, True] [True, False] /etc exists, matching creates option']);
  });
});
