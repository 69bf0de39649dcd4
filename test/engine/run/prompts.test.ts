import { describe, expect, it } from 'vitest';
import { type Played, playbook, type Settings } from '../../support/playbook.ts';

const run = (prompts: string, tasks: string, more: Partial<Settings> = {}, play = ''): Promise<Played> =>
  playbook({
    files: { 'site.yml': `- hosts: all\n  gather_facts: false\n${play}  vars_prompt:\n${prompts}  tasks:\n${tasks}` },
    limit: 'a1',
    ...more,
  });

/** Answers in order, and how each was asked for. */
function answers(...given: string[]): { asked: string[]; ask: (question: string, hidden: boolean) => Promise<string> } {
  const asked: string[] = [];
  return {
    asked,
    ask: async (question, hidden) => {
      asked.push(`${hidden ? 'unseen ' : ''}${question}`);
      return given.shift() ?? '';
    },
  };
}

describe('vars_prompt', () => {
  it('asks before the play, unseen unless it says otherwise, and takes the default for nothing', async () => {
    const { asked, ask } = answers('red', '', 'n{{ n }}', 'geheim');
    const { problems, said } = await run(
      `    - {name: colour, prompt: Which, private: false}
    - {name: size, default: "{{ n }} and {{ colour }}"}
    - {name: plain, unsafe: true, private: no}
    - {name: password}
    - {name: given}
`,
      '    - debug: {msg: "{{ colour }} {{ size }} {{ plain }} {{ password | length }} {{ given }} {{ size | type_debug }}"}\n    - debug: {msg: "{{ password }}"}\n',
      { ask, extraVars: { given: 'by -e' } },
      '  vars: {n: 5, size: less}\n',
    );
    expect(problems).toEqual([]);
    expect(asked).toEqual(['Which: ', 'unseen size [5 and red]: ', 'plain: ', 'unseen password: ']);
    expect(said).toEqual(['a1: red 5 and red n{{ n }} 6 by -e str', 'a1: geheim']);
  });

  it('does not show what was typed unseen', async () => {
    const { text } = await run(
      '    - {name: secret}\n',
      '    - debug: {msg: "it is {{ secret }}"}\n',
      answers('geheim'),
    );
    expect(text).toContain('it is <hidden>');
    expect(text).not.toContain('geheim');
  });

  it('asks twice with confirm, until both are the same', async () => {
    const { asked, ask } = answers('one', 'two', 'three', 'three');
    const { said, text } = await run(
      '    - {name: x, confirm: yes, private: no}\n',
      '    - debug: {msg: "{{ x }}"}\n',
      { ask },
    );
    expect([asked, said]).toEqual([['x: ', 'confirm x: ', 'x: ', 'confirm x: '], ['a1: three']]);
    expect(text).toContain('the two answers differ');
  });

  it('may name the hosts of the play', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': `- hosts: "{{ which }}"
  gather_facts: false
  vars_prompt: [{name: which, private: no}]
  tasks: [{debug: {msg: here}}]
`,
      },
      ...answers('b1'),
    });
    expect(said).toEqual(['b1: here']);
  });

  it('takes defaults without a terminal, and is refused before a play begins where there is none', async () => {
    const tasks = '    - debug: {msg: "{{ x }}"}\n';
    const usual = await run('    - {name: x, default: 5}\n', tasks);
    expect(usual.said).toEqual(['a1: 5']);
    expect(usual.text).toContain('"x" is not asked for, since there is no terminal: its default is taken');
    const { problems, events } = await run('    - {name: x}\n    - name: y\n', tasks);
    expect(events.some(({ type }) => type === 'play-start')).toBe(false);
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "site.yml:4:7: the play asks for "x", and there is no terminal to ask on
           4 |     - {name: x}
             |       ^
        mend: give it with -e x=VALUE
      site.yml:5:7: the play asks for "y", and there is no terminal to ask on
           5 |     - name: y
             |       ^
        mend: give it with -e y=VALUE"
    `);
  });

  it('is refused where it is wrong, and where its answer would have to be hashed', async () => {
    const { problems } = await run('    - {name: x, encrypt: sha512_crypt, promt: y}\n    - prompt: z\n', '    []\n');
    expect(problems.map((problem) => problem.split('\n')[0])).toMatchInlineSnapshot(`
      [
        "site.yml:4:17: "encrypt" is not supported yet",
        "site.yml:4:40: a vars_prompt has no keyword "promt"",
        "site.yml:5:7: an entry of vars_prompt is a dictionary with the name of a variable",
      ]
    `);
  });
});
