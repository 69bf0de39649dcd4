import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import { readManifest, refuseRepository } from '../../../roles/backup/lib/manifest.ts';
import { seal, unseal } from '../../../roles/backup/lib/seal.ts';
import backupArchive from '../../../roles/backup/modules/backup_archive.ts';
import backupCheck from '../../../roles/backup/modules/backup_check.ts';
import backupDatabase from '../../../roles/backup/modules/backup_database.ts';
import backupRestore from '../../../roles/backup/modules/backup_restore.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule, temporaryFolder } from '../../support/module.ts';
import { playbook } from '../../support/playbook.ts';

const folder = temporaryFolder();
const said = async (doing: Promise<unknown>): Promise<string> => {
  const thrown = await doing.catch((error: unknown) => error);
  return thrown instanceof Problem ? formatProblem(thrown).replaceAll(folder, '') : `${JSON.stringify(thrown)}`;
};

const mesh = { trustDomain: 'mesh.internal', spire: '1.13.3' };
const sum = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** A backup of one archive, and what was changed of its manifest. */
function backup(name: string, changed = {}, content = 'kept'): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'control.tar'), content);
  const archives = [{ host: 'control', file: 'control.tar', sha256: sum('kept'), size: 4, encrypted: false }];
  const manifest = { format: 1, trust_domain: 'mesh.internal', zone: 'mesh.internal', versions: { spire: '1.13.3' } };
  writeFileSync(join(path, 'manifest.json'), JSON.stringify({ ...manifest, archives, ...changed }));
  return path;
}

/** What the check of a backup answers and remarks, for an inventory that knows vm2 as revoked. */
async function checked(path: string) {
  const warned: string[] = [];
  const args = {
    folder: path,
    trust_domain: 'mesh.internal',
    spire_version: '1.14.0',
    revoked: { hosts: ['vm2'], services: [] },
  };
  const controller = controllerFor({ warn: (text) => warned.push(text) });
  const { returns } = await backupCheck.evaluate(args, {} as never, controller);
  return { warned, domain: (returns?.['manifest'] as { trust_domain: string } | undefined)?.trust_domain };
}

describe('a backup', () => {
  it('is taken for one when it is whole and of this mesh', async () => {
    expect(await checked(backup('good'))).toEqual({ warned: [], domain: 'mesh.internal' });
  });

  it('tells of what was revoked when it was made and is not in the inventory', async () => {
    const path = backup('revoked', { revoked: { hosts: ['vm2', 'vm3'], services: ['billing'] } });
    expect((await checked(path)).warned).toEqual([
      "revoked when the backup was made, and not in this inventory: host vm3, service billing; where that is not meant, take revoked.yml out of the backup's @inventory.tar",
    ]);
  });

  it('is refused when it is none, of another mesh, altered, or of a newer SPIRE', async () => {
    expect(await said(readManifest(join(folder, 'none'), mesh))).toBe(
      '/none is no backup: it has no manifest.json\n  mend: name a folder that backup.yml made: -e restore_from=FOLDER',
    );
    expect(await said(readManifest(backup('other', { trust_domain: 'other.internal' }), mesh))).toBe(
      'the backup /other is of the trust domain other.internal, not of mesh.internal\n  mend: name a backup of this mesh, or the inventory of that one',
    );
    expect(await said(readManifest(backup('altered', {}, 'altered'), mesh))).toBe(
      `/altered/control.tar is not what was backed up\n    manifest ${sum('kept')}\n    found    ${sum('altered')}\n  mend: take another backup`,
    );
    expect(await said(readManifest(backup('newer', { versions: { spire: '1.14.0' } }), mesh))).toBe(
      'the backup was made by SPIRE 1.14.0, and spire_version is 1.13.3\n  why:  an older SPIRE does not open the store of a newer one\n  mend: set spire_version to 1.14.0',
    );
  });

  it('is kept in no repository', async () => {
    mkdirSync(join(folder, 'repository/.git'), { recursive: true });
    expect(await said(refuseRepository(join(folder, 'repository/sub/backups')))).toBe(
      '/repository/sub/backups is in the repository /repository\n  why:  a backup holds the keys of the mesh\n  mend: set backup_folder to a folder outside of it',
    );
  });
});

describe('backup_archive', () => {
  it('fetches files with their modes, for the owner only, and leaves nothing on the host', async () => {
    mkdirSync(join(folder, 'etc'));
    writeFileSync(join(folder, 'etc/conf'), 'x', { mode: 0o640 });
    const left = () => readdirSync('/var/tmp').filter((name) => name.startsWith('mesh-play-backup'));
    const before = left();
    const dest = join(folder, 'kept');
    const { returns } = await runModule(backupArchive, {
      dest,
      name: 'vm',
      paths: [join(folder, 'etc')],
      programs: '/opt',
    });
    const file = join(dest, 'vm.tar');
    expect(returns).toMatchObject({ archive: { file: 'vm.tar', sha256: sum(readFileSync(file)), encrypted: false } });
    expect([statSync(file).mode & 0o777, statSync(dest).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(execFileSync('tar', ['-tvf', file], { encoding: 'utf8' })).toMatch(/-rw-r-----.*etc\/conf/);
    expect(left()).toEqual(before);
  });

  it('says what the host lacks', async () => {
    const act = (answer: { status: number; stderr?: string }): Promise<string> => {
      const words = ['spire', 'sqlite', '/db', '/keys', '', '/opt', '/etc'];
      const host = new FakeHost([{ script: /mesh-play-backup/, args: words, answer }]);
      const given = {
        paths: ['/etc'],
        programs: '/opt',
        sqlite: '/db',
        keys: '/keys',
        key_file: '',
        dump: '',
        user: 'spire',
      };
      return said(backupArchive.act(host, { dest: join(folder, 'lacks'), name: 'vm', ...given }, controllerFor({})));
    };
    expect(await act({ status: 4 })).toBe('nothing on the host can copy a sqlite store\n  mend: install sqlite3 there');
    expect(await act({ status: 3, stderr: 'there is no store /db' })).toBe(
      'the archive could not be made\n    there is no store /db',
    );
    expect(await act({ status: 6 })).toBe(
      'there is no pg_dump on the host, which copies SPIRE’s store\n  mend: install postgresql-client there, of the version of the database’s server or newer',
    );
    const old =
      'pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 17.5; pg_dump version: 15.1\n';
    expect(await act({ status: 7, stderr: old })).toBe(
      'pg_dump could not copy SPIRE’s store\n    pg_dump: error: aborting because of server version mismatch\n    pg_dump: detail: server version: 17.5; pg_dump version: 15.1\n  mend: where it is older than the database’s server, install postgresql-client of that one’s version on the host',
    );
  });
});

describe('SPIRE’s store in PostgreSQL', () => {
  const [bin, seen, input, asked] = ['bin', 'seen', 'input', 'asked'].map((name) => join(folder, 'pg', name)) as [
    string,
    string,
    string,
    string,
  ];
  const postgres = `host=db1 password='pass word' sslrootcert=${folder}/pg/ca.pem`;
  const [keys, dump] = [join(folder, 'pg/keys.json'), join(folder, 'pg/spire.sql')];
  const given = { postgres, dump, user: 'no-such-user' };
  const program = (name: string, text: string): void =>
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\n{ echo "$0 $*" | sed 's:.*/::'; cat "$PGPASSFILE"; } >>${seen}\n${text}\n`,
      { mode: 0o755 },
    );
  const calls = (): string[] => {
    const lines = readFileSync(seen, 'utf8').trim().split('\n');
    writeFileSync(seen, '');
    return lines;
  };
  mkdirSync(bin, { recursive: true });
  for (const path of [keys, join(folder, 'pg/ca.pem')]) writeFileSync(path, path);
  program('pg_dump', 'echo "a dump of $PGHOST"');
  program('psql', `case "$*" in *to_regclass*) cat ${asked} ;; *) cat >${input} ;; esac`);
  process.env['PATH'] = `${bin}:${process.env['PATH']}`;

  it('is kept as pg_dump writes it, with the keys and what the connection string names', async () => {
    const dest = join(folder, 'pg/kept');
    await runModule(backupArchive, { ...given, dest, name: 'control', paths: [bin], programs: '/opt', keys });
    expect(calls()).toEqual(['pg_dump --no-password --no-owner --no-privileges', '*:*:*:*:pass word']);
    const read = (path: string): string =>
      execFileSync('tar', ['-xOf', join(dest, 'control.tar'), path], { encoding: 'utf8' });
    expect(read(`.${dump}`)).toBe('a dump of db1\n');
    expect(read(`.${keys}`)).toBe(keys);
    expect(read(join(folder, 'pg/ca.pem').slice(1))).toBe(join(folder, 'pg/ca.pem'));
  });

  it('is brought back into a database that has none, and over one only by choice', async () => {
    const restore = async (there: 't' | 'f', over: boolean) => {
      writeFileSync(dump, 'CREATE TABLE migrations;\n');
      writeFileSync(asked, there);
      writeFileSync(input, '');
      const ran = await runModule(backupDatabase, { ...given, over });
      expect(existsSync(dump)).toBe(false);
      return [ran.changed, readFileSync(input, 'utf8')];
    };
    expect(await restore('f', false)).toEqual([
      true,
      expect.stringMatching(/^DO .*DROP TABLE .*\nCREATE TABLE migrations;\n$/s),
    ]);
    expect(calls()).toContain('psql -wXq -v ON_ERROR_STOP=1 -1 -f -');
    expect(await restore('t', false)).toEqual([false, '']);
    expect(await restore('t', true)).toEqual([true, expect.stringContaining('CREATE TABLE migrations;')]);
  });

  it('is not brought back where the database cannot be asked or the host has no psql', async () => {
    const act = (status: number): Promise<string> => {
      const answer = { status, stderr: 'psql: error: FATAL:  database "spire" does not exist\n' };
      const host = new FakeHost([
        { script: /pg_tables/, args: ['no-such-user', dump, 'false'], stdin: '*:*:*:*:pass word\n', answer },
      ]);
      return said(backupDatabase.act(host, { ...given, over: false }, controllerFor({})));
    };
    expect(await act(4)).toBe(
      'there is no psql on the host, which brings SPIRE’s store back\n  mend: install postgresql-client there',
    );
    expect(await act(2)).toBe(
      'SPIRE’s database could not be asked\n    psql: error: FATAL:  database "spire" does not exist\n  why:  the database and its role are yours to make; what was in it is as it was',
    );
  });
});

describe('an archive that is encrypted', () => {
  const gpg = existsSync('/usr/bin/gpg');
  const key = join(folder, 'key');
  async function* content() {
    yield Buffer.from('root of trust');
  }

  it.skipIf(!gpg)('is opened by its key and by no other', async () => {
    writeFileSync(key, 'one\n', { mode: 0o600 });
    const file = join(folder, 'sealed.tar.gpg');
    await seal(content(), file, key);
    expect(readFileSync(file, 'latin1')).not.toContain('root of trust');
    expect(await unseal(file, key, async (path) => readFileSync(path, 'utf8'))).toBe('root of trust');
    writeFileSync(key, 'another\n');
    expect(await said(unseal(file, key, async () => undefined))).toMatch(
      /^gpg ended with status 2\n.*decryption failed/s,
    );
  });

  it('is not made with a key that others may read', async () => {
    writeFileSync(key, 'one\n');
    chmodSync(key, 0o644);
    expect(await said(seal(content(), join(folder, 'open.gpg'), key))).toBe(
      'others may read the key file /key\n  mend: run: chmod 0600 /key',
    );
  });
});

describe('backup_restore', () => {
  const args = { src: '/b/control.tar', store: '/s/db', over: false, key_file: '' };

  it('does not lay an archive over a store that is there', async () => {
    const host = new FakeHost([{ stat: '/s/db', answer: { stat: { type: 'file' } as never } }]);
    expect(await said(backupRestore.act(host, args, controllerFor({})))).toBe(
      'the host has a store of its own, /s/db\n  why:  it would be lost, and agents that joined since with it\n  mend: to lose it, run with -e restore_over=true',
    );
  });

  it('removes the log of the store that was there, so that it is not read into the other', async () => {
    const content = controllerFor({}).text('tar');
    const host = new FakeHost([
      { write: '/var/tmp/mesh-play-restore.tar', text: 'tar' },
      { script: /rm -f "\$2-wal" "\$2-shm" && tar -xpf/, args: ['/var/tmp/mesh-play-restore.tar', '/s/db'] },
    ]);
    await backupRestore.act(host, { ...args, over: true }, controllerFor({ file: async () => content }));
    host.done();
  });

  it('lays a folder of the controller where another controller has it', async () => {
    const [pki, at] = [join(folder, 'old/pki'), join(folder, 'new/state/pki')];
    mkdirSync(join(pki, 'etcd'), { recursive: true });
    writeFileSync(join(pki, 'etcd/ca.key'), 'key', { mode: 0o600 });
    await runModule(backupArchive, { dest: join(folder, 'moved'), name: '@pki', paths: [pki], programs: '/opt' });
    await runModule(backupRestore, { src: join(folder, 'moved/@pki.tar'), store: at, from: pki });
    expect(readFileSync(join(at, 'etcd/ca.key'), 'utf8')).toBe('key');
    expect(statSync(join(at, 'etcd/ca.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'new/state'))).toEqual(['pki']);
  });

  it('asks for the key of what is encrypted', async () => {
    const host = new FakeHost([{ stat: '/s/db' }]);
    expect(await said(backupRestore.act(host, { ...args, src: '/b/control.tar.gpg' }, controllerFor({})))).toBe(
      '/b/control.tar.gpg is encrypted\n  mend: set backup_key_file',
    );
  });
});

describe('the snapshot of etcd', () => {
  const ROLE = join(import.meta.dirname, '../../../roles/backup');
  const snapshot = join(folder, 'restored/etcd.snapshot');
  const from = join(folder, 'etcd-backup');
  mkdirSync(join(folder, 'tree', snapshot, '..'), { recursive: true });
  writeFileSync(join(folder, 'tree', snapshot), 'what etcd had');
  writeFileSync(join(folder, 'tree/keys.json'), 'keys of SPIRE');
  mkdirSync(from);
  execFileSync('tar', ['-cf', join(from, 'old.tar'), '-C', join(folder, 'tree'), './keys.json', `.${snapshot}`]);

  /** What a run says that lays the snapshot on the first member, of the host `new`, and what is there then. */
  async function laid(archive: object, extraVars = {}): Promise<{ text: string; there: string | undefined }> {
    const manifest = { archives: [{ host: 'old', file: 'old.tar', ...archive }] };
    const { text, problems } = await playbook({
      files: {
        'hosts.yml': 'all: {vars: {ansible_connection: local}, children: {etcd: {hosts: {new: {}, old: {}}}}}\n',
        'site.yml': `- hosts: etcd[0]\n  gather_facts: false\n  tasks: [{import_role: {name: ${ROLE}, tasks_from: restore_snapshot}}]\n`,
      },
      extraVars: { restore_from: from, restore_snapshot: snapshot, backup_manifest: { manifest }, ...extraVars },
    });
    expect(problems).toEqual([]);
    const there = existsSync(snapshot) ? readFileSync(snapshot, 'utf8') : undefined;
    rmSync(join(snapshot, '..'), { recursive: true, force: true });
    return { text, there };
  }

  it('goes to the first member, and alone, where another host was that at the backup', async () => {
    const { there } = await laid({ snapshot });
    expect(there).toBe('what etcd had');
    expect(existsSync('/keys.json')).toBe(false);
  });

  it('is asked for where the backup is of before it was said whose archive has it', async () => {
    const { text, there } = await laid({});
    expect(there).toBeUndefined();
    expect(text).toContain('does not say whose archive has the snapshot of etcd');
    expect((await laid({}, { restore_etcd_from: 'old' })).there).toBe('what etcd had');
  });

  it('is not looked for where the backup says that there is none', async () => {
    const { text, there } = await laid({ snapshot: '' });
    expect(there).toBeUndefined();
    expect(text).toContain('new : ok=1   changed=0   unreachable=0   failed=0');
  });
});
