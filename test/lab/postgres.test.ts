import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backupOf, restoreOf } from '../support/backup.ts';
import { identities, identitySite, playbooks } from '../support/identity.ts';
import { changedOn, ended, HOSTS, hostGone, LAB, labUp, NETWORK, onHost, type Said } from '../support/lab.ts';
import { onNoLab } from '../support/onlab.ts';

/** A quote, a backslash and a space are what a careless template trips over. */
const PASSWORD = `it's "a\\ ${randomBytes(8).toString('hex')}`;

/** What a lab host needs for it, and no more: a small base of its own. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo', 'iproute2', 'systemd-resolved', 'ca-certificates'],
  ...['procps', 'openssl', 'postgresql'],
];

/** Debian's PostgreSQL, which takes passwords over TLS only and shows a certificate of the role pki. */
const DATABASE = `
- import_role: {name: pki, tasks_from: openssl}
- pki_certificate:
    folder: "{{ pki_folder }}"
    ca: database
    common_name: "{{ inventory_hostname }}"
    ip_sans: ["{{ mesh_address }}"]
    usage: [server]
    path: /etc/postgresql/15/main/server.pem
    key_path: /etc/postgresql/15/main/server.key
    ca_path: /etc/postgresql/15/main/ca.pem
    owner: postgres
    group: postgres
    mode: '0600'
- copy:
    dest: /etc/postgresql/15/main/conf.d/mesh.conf
    content: |
      listen_addresses = '{{ mesh_address }}'
      ssl_cert_file = '/etc/postgresql/15/main/server.pem'
      ssl_key_file = '/etc/postgresql/15/main/server.key'
- lineinfile: {path: /etc/postgresql/15/main/pg_hba.conf, line: "hostssl spire spire {{ lab_net }}.0/24 scram-sha-256"}
- systemd: {name: postgresql@15-main, state: restarted}
- command: runuser -u postgres -- psql -q -v ON_ERROR_STOP=1
  args:
    stdin: |
      CREATE ROLE spire LOGIN PASSWORD '{{ database_password | replace("'", "''") }}';
      CREATE DATABASE spire OWNER spire;
  no_log: true
`;
/** The server checks who its database is. */
const CLIENT = `
- file: {path: /etc/spire, state: directory, mode: '0755'}
- pki_ca: {folder: "{{ pki_folder }}", ca: database, path: /etc/spire/database-ca.pem, mode: '0644'}
`;
const FILES = {
  'roles/database/tasks/main.yml': DATABASE,
  'roles/database/meta/main.yml': 'dependencies: [pki]\n',
  'roles/client/tasks/main.yml': CLIENT,
  'roles/client/meta/main.yml': 'dependencies: [pki]\n',
};
const PLAYBOOK = `
- {hosts: vm2, roles: [database]}
- {hosts: spire_server, roles: [client]}
`;

/** The parts of backup.yml and restore.yml that are about the SPIRE server. */
const BACKUP = backupOf('spire_server');
const RESTORE = restoreOf('spire_server');

const counted = async (table: string): Promise<number> =>
  Number((await onHost('vm2', `runuser -u postgres -- psql -qtA spire -c 'SELECT count(*) FROM ${table}'`)).out);

onNoLab('a SPIRE server whose store is PostgreSQL', () => {
  const play = playbooks(FILES);
  const secrets = join(LAB, 'secrets.json');
  const site = identitySite();
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-postgres-'));
  const up = (): Promise<Said> => labUp({ lab_cilium: false, lab_packages: PACKAGES });
  const onPostgres = (...more: string[]): Promise<Said> =>
    site('-e', `@${secrets}`, '-e', 'spire_database_type=postgres', ...more);

  beforeAll(async () => {
    expect(ended(await up())).toBe('as it should');
    const quoted = PASSWORD.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    const connection = `host=${NETWORK}.12 dbname=spire user=spire password='${quoted}' sslmode=verify-full sslrootcert=/etc/spire/database-ca.pem`;
    writeFileSync(secrets, JSON.stringify({ database_password: PASSWORD, spire_database: connection }), {
      mode: 0o600,
    });
    expect(ended(await play(PLAYBOOK, '-e', `@${secrets}`))).toBe('as it should');
  });

  afterAll(() => {
    for (const path of [secrets, folder]) rmSync(path, { recursive: true, force: true });
  });

  it('comes up, keeps its entries there, and a second run changes nothing', async () => {
    expect(ended(await onPostgres())).toBe('as it should');
    expect(await counted('registered_entries')).toBeGreaterThan(2);
    expect(await counted('attested_node_entries')).toBe(HOSTS.length);
    expect(await identities('vm1', 'service1')).toEqual(['spiffe://mesh.internal/service1']);
    const again = await onPostgres();
    expect(ended(again)).toBe('as it should');
    expect(changedOn(again)).toEqual([0, 0, 0]);
  });

  it('shows its password nowhere', async () => {
    const said = await onPostgres('-vvvv', '--diff', '-e', 'spire_server_metrics_port=9987');
    expect(ended(said)).toBe('as it should');
    const secret = PASSWORD.slice(-16);
    expect(said.out + said.err).not.toContain(secret);
    expect((await onHost('control', 'stat -c "%a %U %G" /etc/spire/server/server.conf')).out).toBe(
      '640 root spire-server\n',
    );
    const seen = await onHost('control', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; journalctl -o cat --no-pager');
    expect(seen.out.length).toBeGreaterThan(1000);
    expect(seen.out).not.toContain(secret);
  });

  it('goes on after the database was away', async () => {
    await onHost('vm2', 'systemctl restart postgresql@15-main');
    const more = [{ name: 'service3', host: 'vm1', user: 'service3' }];
    expect(ended(await onPostgres('-e', JSON.stringify({ mesh_workloads: more })))).toBe('as it should');
    expect(await identities('vm1', 'service3')).toEqual(['spiffe://mesh.internal/service3']);
  });

  it('refuses a SPIRE that the database is too new for, before the server is given it', async () => {
    const of = (version: string): Promise<Said> =>
      onHost('vm2', `runuser -u postgres -- psql -qtA spire -c "UPDATE migrations SET code_version = '${version}'"`);
    await of('1.15.3');
    const said = await onPostgres('-vvv');
    await of('1.13.3');
    expect(said.status, said.out).toBe(2);
    expect(said.out).toContain(
      'the store of control was brought up to date by SPIRE 1.15.3, which 1.13.3 does not open',
    );
    expect(said.out + said.err).not.toContain(PASSWORD.slice(-16));
  });

  it('comes back with its database from a backup when both were lost, and agents go on without joining', async () => {
    const more = {
      backup_folder: folder,
      backup_hosts: ['control'],
      backup_etcd: '',
      backup_paths: ['/etc/spire/server'],
    };
    const words = [
      '-e',
      `@${secrets}`,
      '-e',
      'spire_database_type=postgres',
      '-e',
      JSON.stringify(more),
      '-vvv',
      '--diff',
    ];
    const keys = async (host: string): Promise<string> =>
      (await onHost(host, 'cat /var/lib/spire/agent/keys.json')).out;
    const before = [await keys('vm1'), await keys('vm2')];
    const entries = await counted('registered_entries');
    const made = await play(BACKUP, ...words);
    expect(ended(made)).toBe('as it should');
    await hostGone('control');
    expect(ended(await up())).toBe('as it should');
    const lost = ['DROP DATABASE spire WITH (FORCE)', 'CREATE DATABASE spire OWNER spire'].map((sql) => `-c '${sql}'`);
    expect(ended(await onHost('vm2', `runuser -u postgres -- psql -q ${lost.join(' ')}`))).toBe('as it should');
    const from = ['-e', `restore_from=${join(folder, readdirSync(folder)[0] ?? '')}`];
    const restored = await play(RESTORE, ...words, ...from);
    expect(ended(restored)).toBe('as it should');
    expect(await counted('attested_node_entries')).toBe(HOSTS.length);
    expect(await counted('registered_entries')).toBe(entries);
    for (const { out, err } of [made, restored]) expect(out + err).not.toContain(PASSWORD.slice(-16));
    expect(ended(await onPostgres())).toBe('as it should');
    // Control joined anew.
    expect(await counted('attested_node_entries')).toBe(HOSTS.length + 1);
    expect([await keys('vm1'), await keys('vm2')]).toEqual(before);
    expect(await identities('vm1', 'service1')).toEqual(['spiffe://mesh.internal/service1']);
    const over = await play(RESTORE, ...words, ...from);
    expect(over.status, over.out).toBe(2);
    expect(over.out).toContain('the host has a store of its own, /var/lib/spire/server/keys.json');
  });

  it('starts empty when the store is changed, and the hosts join again by running the play', async () => {
    expect(ended(await site())).toBe('as it should');
    expect(await identities('vm2', 'service2')).toEqual(['spiffe://mesh.internal/service2']);
  });
});
