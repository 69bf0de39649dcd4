import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ended, LAB, meshPlay, NETWORK, onHost } from '../support/lab.ts';
import { leavingHosts } from '../support/onlab.ts';
import { KEY, KNOWN, toldIn, vm1In } from '../support/reach.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-connection-'));
const onVm1 = vm1In(folder);
const told = toldIn(folder);
const at = (name: string): string => join(folder, name);
const keygen = (...words: string[]): string => execFileSync('ssh-keygen', words, { encoding: 'utf8', stdio: 'pipe' });
const VM1 = `${NETWORK}.11`;
const CERTIFICATE = '/etc/ssh/ssh_host_ed25519_key-cert.pub';
const SETTINGS = '/etc/ssh/sshd_config.d/certificate.conf';
const TRANSPORTS = ['ssh', 'openssh'];
const ID = '- command: id\n';

/** vm1 reached by a transport, its key looked for in a file of this test. */
const by = (transport: string, known: string, further: Record<string, string> = {}) =>
  onVm1(
    ID,
    { ansible_user: 'root', ansible_connection: transport, ansible_ssh_known_hosts_file: at(known) },
    ...Object.entries(further).flat(),
  );

leavingHosts('connections to real sshd', () => {
  beforeAll(async () => {
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', at('ca'));
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', at('wrong'));
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    expect(ended(await onHost('vm1', `rm ${CERTIFICATE} ${SETTINGS} && systemctl reload ssh`))).toBe('as it should');
  });

  it('go through another host where ssh is told to', async () => {
    const config = `Host jump\n  HostName ${NETWORK}.10\n  User root\n  IdentityFile ${KEY}\n  UserKnownHostsFile ${KNOWN}\n`;
    writeFileSync(at('config'), config);
    const task = `- shell: echo "\${SSH_CONNECTION%% *}"\n  register: from\n  failed_when: from.stdout != "${NETWORK}.10"\n`;
    const said = await onVm1(task, { ansible_user: 'root', ansible_ssh_common_args: `-F ${at('config')} -J jump` });
    expect(ended(said)).toBe('as it should');
  });

  it.each(TRANSPORTS)('find hashed entries (%s)', async (transport) => {
    copyFileSync(KNOWN, at('hashed'));
    keygen('-H', '-f', at('hashed'));
    expect(readFileSync(at('hashed'), 'utf8')).not.toContain(VM1);
    expect(ended(await by(transport, 'hashed'))).toBe('as it should');
  });

  it.each(TRANSPORTS)('do not find a host that no entry names (%s)', async (transport) => {
    writeFileSync(at('none'), '');
    const said = await by(transport, 'none');
    expect(said.status).toBe(4);
    expect(told(said)).toMatchSnapshot();
  });

  it.each(TRANSPORTS)('remember a host once with accept-new, in a form that both read (%s)', async (transport) => {
    // A last line without an end must not swallow the new one; OpenSSH 9.2 lets it.
    writeFileSync(at('new'), `# of another tool${transport === 'ssh' ? '' : '\n'}`);
    expect(ended(await by(transport, 'new', { '--host-key-checking': 'accept-new' }))).toBe('as it should');
    expect(keygen('-F', VM1, '-f', at('new'))).toContain(`# Host ${VM1} found: line 2`);
    for (const other of TRANSPORTS) expect(ended(await by(other, 'new'))).toBe('as it should');
    const before = readFileSync(at('new'), 'utf8');
    expect(ended(await by(transport, 'new', { '--host-key-checking': 'accept-new' }))).toBe('as it should');
    expect(readFileSync(at('new'), 'utf8')).toBe(before);
  });

  it.each(TRANSPORTS)('refuse another key than a hashed entry’s, with accept-new too (%s)', async (transport) => {
    writeFileSync(at('other'), `# kept\n${VM1} ${readFileSync(at('wrong.pub'), 'utf8')}`);
    keygen('-H', '-f', at('other'));
    const said = await by(transport, 'other', { '--host-key-checking': 'accept-new' });
    expect(said.status).toBe(4);
    expect(told(said)).toMatchSnapshot();
  });

  it.each(TRANSPORTS)('log in with a password, and with a key that has a passphrase (%s)', async (transport) => {
    const password = 'lab-only-password';
    const user = { ansible_connection: transport, ansible_user: 'ops', ansible_ssh_private_key_file: at('wrong') };
    const entered = await onVm1(ID, { ...user, ansible_password: password }, '-vvvv');
    expect(ended(entered)).toBe('as it should');
    expect(entered.out).not.toContain(password);
    const refused = await onVm1(ID, { ...user, ansible_password: 'another' });
    expect([refused.status, refused.out.includes('vm1 cannot be reached as ops@')]).toEqual([4, true]);
    copyFileSync(KEY, at('locked'));
    chmodSync(at('locked'), 0o600);
    keygen('-q', '-p', '-N', 'pass phrase', '-f', at('locked'));
    const key = { ansible_connection: transport, ansible_user: 'root', ansible_ssh_private_key_file: at('locked') };
    expect(ended(await onVm1(ID, { ...key, ansible_ssh_private_key_passphrase: 'pass phrase' }))).toBe('as it should');
    expect((await onVm1(ID, { ...key, ansible_ssh_private_key_passphrase: 'another' })).status).toBe(4);
    rmSync(at('locked'));
  });

  it.each(TRANSPORTS)('trust a certificate of a known authority, and no other (%s)', async (transport) => {
    const key = join(LAB, 'vm1/root/etc/ssh/ssh_host_ed25519_key.pub');
    const authority = (name: string): string =>
      `@cert-authority ${NETWORK}.* ${readFileSync(at(`${name}.pub`), 'utf8')}`;
    copyFileSync(key, at('host.pub'));
    keygen('-q', '-s', at('ca'), '-I', 'vm1', '-h', '-n', VM1, at('host.pub'));
    const certificate = readFileSync(at('host-cert.pub'), 'utf8').trim();
    const set = `echo '${certificate}' >${CERTIFICATE}; echo 'HostCertificate ${CERTIFICATE}' >${SETTINGS}; systemctl reload ssh`;
    expect(ended(await onHost('vm1', set))).toBe('as it should');
    writeFileSync(at('authority'), authority('ca'));
    writeFileSync(at('strangers'), authority('wrong'));
    expect(ended(await by(transport, 'authority'))).toBe('as it should');
    const said = await by(transport, 'strangers');
    expect(said.status).toBe(4);
    expect(told(said)).toMatchSnapshot();
  });

  it('take hosts in batches and one at a time, as serial and throttle say', async () => {
    writeFileSync(
      at('order.yml'),
      `- hosts: mesh
  gather_facts: false
  serial: [1, 2]
  tasks:
    - shell: echo "{{ item }} {{ inventory_hostname }}" >>/root/order
      loop: [one, two]
      delegate_to: control
      throttle: 1
      become: false
    # Fails where another host is at it.
    - shell: mkdir /root/lock && seq 20000 | md5sum && rmdir /root/lock
      delegate_to: control
      throttle: 1
      become: false
`,
    );
    expect(ended(await meshPlay(at('order.yml'), '-i', 'inventories/lab'))).toBe('as it should');
    const { out } = await onHost('control', 'cat /root/order; rm /root/order');
    const lines = out.trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(['one control', 'two control']);
    expect(lines.slice(2).sort()).toEqual(['one vm1', 'one vm2', 'two vm1', 'two vm2']);
  });
});
