import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import pkiCa from '../../../roles/pki/modules/pki_ca.ts';
import pkiKnown from '../../../roles/pki/modules/pki_known.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

describe('pki_known', () => {
  const [folder, host] = [temporaryFolder(), temporaryFolder()];
  const path = join(host, 'ca.pem');
  const given = { folder, cas: { etcd: [join(host, 'none.pem'), path] } };

  it('takes hosts that know no CA, or none of a controller', async () => {
    expect((await runModule(pkiKnown, given)).returns).toEqual({});
    writeFileSync(path, 'a CA of theirs');
    expect((await runModule(pkiKnown, given)).returns).toEqual({});
  });

  it('takes a controller that has the CA, or another one of its name', async () => {
    await runModule(pkiCa, { folder, ca: 'etcd', path });
    expect((await runModule(pkiKnown, given)).returns).toEqual({});
  });

  it('refuses a controller that lost it', async () => {
    rmSync(join(folder, 'etcd'), { recursive: true });
    mkdirSync(join(folder, 'spire'));
    expect(formatProblem(await problemOf(pkiKnown, given))).toBe(
      [
        `here knows the CA etcd, by ${path}, and this controller does not have it in ${folder}`,
        '  why:  it would make another, and what the hosts have of the one would not work with what they get of the other',
        `  mend: bring it back by restore.yml -e restore_from=FOLDER --limit localhost, or from the controller that made it; to have a new one, remove ${path} on all hosts`,
      ].join('\n'),
    );
  });
});
