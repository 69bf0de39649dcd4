import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { play, playbook } from '../../../support/playbook.ts';
import { render } from '../../../support/render.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-password-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the lookup password', () => {
  // What ansible-core 2.19 gave for the same.
  test.each([
    ["{{ lookup('password', '/dev/null', seed='web1', length=16) }}", 'PHReYru8meWgwuf2'],
    ["{{ lookup('password', '/dev/null', seed='q', chars=['hexdigits','%,']) }}", 'e8175BA5DFfBa,88ec5E'],
    ["{{ lookup('password', '/dev/null chars=ascii_letters,,,digits seed=z') }}", 'chb2GQHQflzCszFn835y'],
  ])('picks by its seed as Ansible does: %s', (text, password) => {
    expect(render(text)).toBe(password);
  });

  test('keeps what it made in a file that only its owner may read, and gives it again', () => {
    const file = join(folder, 'made', 'of two words');
    const first = render(`{{ lookup('password', '${file} length=30 chars=digits') }}`);
    expect(first).toMatch(/^\d{30}$/);
    expect(readFileSync(file, 'utf8')).toBe(`${first}\n`);
    expect([statSync(file).mode & 0o777, statSync(join(folder, 'made')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(render(`{{ lookup('password', '${file}') }}`)).toBe(first);
  });

  test('is beside the playbook, and the same for all hosts', async () => {
    const tasks = "- debug: {msg: \"{{ lookup('password', 'secrets/db') == lookup('file', 'secrets/db') }}\"}\n";
    const { said, problems } = await playbook({ files: { 'site.yml': play(tasks) } });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: true', 'a2: true', 'b1: true']);
  });

  test('refuses what it does not do', () => {
    expect(() => render("{{ lookup('password', '/dev/null', encrypt='sha512_crypt') }}")).toThrow(
      'the lookup password cannot hash what it gives yet: encrypt and ident are not here',
    );
    expect(() => render("{{ lookup('password', '/dev/null size=5') }}")).toThrow(
      'the lookup password has no option "size"',
    );
  });
});
