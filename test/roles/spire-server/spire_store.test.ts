import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import spireStore from '../../../roles/spire-server/modules/spire_store.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf, runModule, temporaryFolder } from '../../support/module.ts';

/** A store as a SPIRE of that version leaves it, as far as its version goes. */
function store(version: string): string {
  const path = join(temporaryFolder(), 'datastore.sqlite3');
  const text = `import sqlite3,sys
c=sqlite3.connect(sys.argv[1])
c.execute("create table migrations (id integer, version integer, code_version text)")
c.execute("insert into migrations values (1, 25, ?)", (sys.argv[2],))
c.commit()`;
  execFileSync('python3', ['-c', text, path, version]);
  return path;
}

describe('spire_store', () => {
  const args = { programs: '/opt/spire' };

  it('takes a store of the same minor, of an older one, and of the next', async () => {
    const path = store('1.14.5-dev-unk');
    for (const version of ['1.14.5', '1.14.0', '1.15.3', '1.16.0', '1.13.3'])
      expect((await runModule(spireStore, { ...args, path, version })).returns).toEqual({ version: '1.14.5' });
  });

  it('takes a host that has none yet', async () => {
    const path = join(temporaryFolder(), 'none');
    expect((await runModule(spireStore, { ...args, path, version: '1.13.3' })).returns).toEqual({ version: '' });
  });

  it('refuses a SPIRE that would not open it', async () => {
    const problem = await problemOf(spireStore, { ...args, path: store('1.15.3'), version: '1.13.3' });
    expect(formatProblem(problem)).toBe(
      [
        'the store of here was brought up to date by SPIRE 1.15.3, which 1.13.3 does not open',
        '  why:  SPIRE opens a store of its own minor, of an older one, and of the next; a store never goes back',
        '  mend: stay at 1.14, or go back to a backup of before: restore.yml with spire_version 1.13.3',
      ].join('\n'),
    );
  });
});

describe('spire_store, of PostgreSQL', () => {
  const folder = temporaryFolder();
  const [programs, seen] = [join(folder, 'spire'), join(folder, 'seen')];
  /** A psql that answers as SPIRE's database does, and keeps what it was given. */
  const psql = `#!/bin/sh
{ echo "$*"; printenv PGHOST; cat "$PGPASSFILE"; ls -l "$PGPASSFILE" | cut -c 1-10; echo "$PGPASSFILE"; } >${seen}
cat >${folder}/sql; cat ${folder}/answer
`;
  mkdirSync(join(folder, 'bin'));
  mkdirSync(programs);
  symlinkSync('/opt/spire/1.14.5', join(programs, 'current'));
  writeFileSync(join(folder, 'bin/psql'), psql, { mode: 0o755 });
  process.env['PATH'] = `${join(folder, 'bin')}:${process.env['PATH']}`;

  const args = { postgres: "host=db1 password='a\\\\b:c'", programs, user: 'no-such-user' };
  const answers = (text: string): void => writeFileSync(join(folder, 'answer'), text);

  it('is asked with the password in a file that is gone afterwards', async () => {
    answers('1.15.3-dev-unk\n');
    expect((await runModule(spireStore, { ...args, version: '1.14.5' })).returns).toEqual({ version: '1.15.3' });
    const [argv, host, password, mode, file = ''] = readFileSync(seen, 'utf8').split('\n');
    expect([argv, host, password, mode]).toEqual([
      '-XqtA -v ON_ERROR_STOP=1',
      'db1',
      String.raw`*:*:*:*:a\\b\:c`,
      '-rw-------',
    ]);
    expect(existsSync(file)).toBe(false);
    expect(readFileSync(join(folder, 'sql'), 'utf8')).toContain('SELECT code_version FROM migrations;');
  });

  it('is taken when it is new, and refused when it is too new', async () => {
    answers('');
    expect((await runModule(spireStore, { ...args, version: '1.13.3' })).returns).toEqual({ version: '' });
    answers('1.15.3\n');
    expect(formatProblem(await problemOf(spireStore, { ...args, version: '1.13.3' }))).toContain(
      'the store of here was brought up to date by SPIRE 1.15.3, which 1.13.3 does not open\n',
    );
  });

  it('is told of when it cannot be asked and the version is to change, and only then', async () => {
    const asked = async (version: string, status: number, stderr: string): Promise<string[]> => {
      const warned: string[] = [];
      const host = new FakeHost([
        {
          script: /asked psql/,
          args: ['no-such-user', programs],
          stdin: String.raw`*:*:*:*:a\\b\:c` + '\n',
          answer: { status, stderr, stdout: '1.13.3\n' },
        },
      ]);
      const controller = controllerFor({ warn: (text) => warned.push(text) });
      expect(await spireStore.ask(host, { ...args, version }, controller)).toEqual({ returns: { version: '' } });
      return warned;
    };
    const lacks = 'there is no psql on the host: install postgresql-client\n';
    expect(await asked('1.14.5', 4, lacks)).toEqual([
      'whether SPIRE 1.14.5 opens the store is not known before its server starts: here could not ask the database (there is no psql on the host: install postgresql-client)',
    ]);
    expect(await asked('1.14.5', 2, 'psql: error: connection refused\n\tIs the server running?\n')).toEqual([
      expect.stringContaining('(psql: error: connection refused; Is the server running?)'),
    ]);
    expect(await asked('1.13.3', 4, lacks)).toEqual([]);
  });
});
