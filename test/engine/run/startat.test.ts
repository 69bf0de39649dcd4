import { describe, expect, it } from 'vitest';
import { StartAt } from '../../../engine/run/startat.ts';
import { type Played, playbook } from '../../support/playbook.ts';

const FILES = {
  'site.yml': `- hosts: a1
  gather_facts: false
  tasks:
    - debug: {msg: one}
- hosts: a1
  gather_facts: false
  pre_tasks:
    - debug: {msg: two}
  roles: [r]
  tasks:
    - block:
        - name: three
          debug: {msg: three}
        - name: fo{{ 'u' }}r
          debug: {msg: four}
      always:
        - debug: {msg: always}
- hosts: a1
  gather_facts: false
  tasks:
    - debug: {msg: five}
`,
  'roles/r/tasks/main.yml': '- name: of the role\n  debug: {msg: role}\n',
};
const from = (name: string): Promise<Played> => playbook({ files: FILES, startAt: new StartAt(name) });

describe('--start-at-task', () => {
  it.each([
    ['three', ['three', 'four', 'always', 'five']],
    ["fo{{ 'u' }}r", ['four', 'always', 'five']],
    ['r : of*', ['role', 'three', 'four', 'always', 'five']],
    ['debug', ['one', 'two', 'role', 'three', 'four', 'always', 'five']],
  ])('leaves out what comes before %s', async (name, said) => {
    expect((await from(name)).said).toEqual(said.map((one) => `a1: ${one}`));
  });

  it('of a name that no task has is an error before the run', async () => {
    expect((await from('thre')).problems).toEqual([
      '--start-at-task: no task is named "thre"\n  mend: did you mean "three"?',
    ]);
  });
});
