import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import spireStore from '../../../roles/spire-server/modules/spire_store.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

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
  it('takes a store of the same minor, of an older one, and of the next', async () => {
    const path = store('1.14.5-dev-unk');
    for (const version of ['1.14.5', '1.14.0', '1.15.3', '1.16.0', '1.13.3'])
      expect((await runModule(spireStore, { path, version })).returns).toEqual({ version: '1.14.5' });
  });

  it('takes a host that has none yet', async () => {
    const path = join(temporaryFolder(), 'none');
    expect((await runModule(spireStore, { path, version: '1.13.3' })).returns).toEqual({ version: '' });
  });

  it('refuses a SPIRE that would not open it', async () => {
    const problem = await problemOf(spireStore, { path: store('1.15.3'), version: '1.13.3' });
    expect(formatProblem(problem)).toBe(
      [
        'the store of here was brought up to date by SPIRE 1.15.3, which 1.13.3 does not open',
        '  why:  SPIRE opens a store of its own minor, of an older one, and of the next; a store never goes back',
        '  mend: stay at 1.14, or go back to a backup of before: restore.yml with spire_version 1.13.3',
      ].join('\n'),
    );
  });
});
