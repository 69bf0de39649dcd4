import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Played, play, playbook, type Settings } from '../../support/playbook.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-become-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks as su does, without an end of the line, keeps all it was told, and says `last` before the shell or the end. */
const su = (name: string, last: string): string => {
  const path = join(folder, name);
  const text = `#!/bin/sh
printf 'Password: ' >&2
read -r word
echo "$word" >>${path}.told
if [ "$word" != right-word ]; then echo 'su: Authentication failure' >&2; exit 1; fi
${last}
shift
tee -a ${path}.told | sh "$@"
`;
  writeFileSync(path, text, { mode: 0o755 });
  return path;
};

const as = (exe: string, password: string, more: Partial<Settings> = {}): Promise<Played> =>
  playbook({
    ...more,
    files: {
      'site.yml': play('- command: echo there\n  register: r\n- debug: {msg: "{{ r.stdout }}{{ r.stderr }}"}\n'),
    },
    limit: 'a1',
    extraVars: {
      ansible_become: true,
      ansible_become_method: 'su',
      ansible_become_exe: exe,
      ansible_become_password: password,
      ...more.extraVars,
    },
  });

it('gives su the password once, whatever is said after the prompt', async () => {
  const exe = su('chatty', "echo 'su: warning: cannot change directory' >&2");
  const { said, text } = await as(exe, 'right-word');
  expect(said).toEqual(['a1: there']);
  expect(text).not.toContain('right-word');
  // What the shell was told is kept too.
  expect(readFileSync(`${exe}.told`, 'utf8').match(/right-word/g)).toEqual(['right-word']);
});

it('says that su refused the password', async () => {
  const { text } = await as(su('strict', ''), 'wrong-word');
  expect(text).toContain('su refused the password for user "root" on a1');
  expect(text).toContain('mend: give the right one by -K or ansible_become_password');
});

it('says what su said when the password was not at fault', async () => {
  const { text } = await as(su('closed', "echo 'This account is currently not available.'; exit 1"), 'right-word');
  expect(text).toContain('su could not become "root" on a1');
  expect(text).toContain('This account is currently not available.');
});

/** Asks for what nobody can answer, says so in `at`, and goes on asking. */
function secondFactor(): { exe: string; at: string } {
  const [exe, at] = [join(folder, 'factor'), join(folder, 'at')];
  rmSync(at, { force: true });
  execFileSync('mkfifo', [at]);
  writeFileSync(exe, `#!/bin/sh\nprintf 'Verification code: ' >&2\necho asked >${at}\nexec sleep 1000\n`, {
    mode: 0o755,
  });
  return { exe, at };
}

it('does not wait for ever for what asks for something else', async () => {
  const { exe, at } = secondFactor();
  const played = as(exe, 'right-word', { extraVars: { ansible_timeout: 0.3 } });
  await readFile(at);
  const { text } = await played;
  expect(text.slice(text.indexOf('failed:'), text.indexOf('\nPLAY RECAP'))).toMatchInlineSnapshot(`
    "failed: [a1]
        site.yml:4:7: su did not become "root" on a1 within 0.3 s
             4 |     - command: echo there
               |       ^
            Verification code:
          mend: where it needs longer, set ansible_timeout
    "
  `);
});

it('ends at once when it is interrupted meanwhile', async () => {
  const { exe, at } = secondFactor();
  const interrupt = new AbortController();
  const played = as(exe, 'right-word', { signal: interrupt.signal, extraVars: { ansible_timeout: 1000 } });
  await readFile(at);
  interrupt.abort();
  const { text } = await played;
  expect(text.slice(text.indexOf('failed:'), text.indexOf('\nPLAY RECAP'))).toMatchInlineSnapshot(`
    "failed: [a1]
        site.yml:4:7: the run was interrupted
             4 |     - command: echo there
               |       ^
    "
  `);
});
