import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedOn, NETWORK, onHost, play, type Said } from '../support/lab.ts';
import { onHosts } from '../support/onlab.ts';
import { toldIn, vm1In } from '../support/reach.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-faults-'));
const onVm1 = vm1In(folder);
const told = toldIn(folder);

/** What is said of the task that failed, without what is another each time. */
const lastTold = (said: Said): string => {
  const all = told(said);
  return (
    all
      .slice(all.lastIndexOf('TASK ['))
      .replaceAll(/process \d+/g, 'process 123')
      .replaceAll(/\w{3} \d\d \d\d:\d\d:\d\d vm1 (\w+)\[\d+\]/g, 'Nov 25 12:00:00 vm1 $1[123]')
      // What a unit prints and what systemd says of it reach the journal on two ways.
      .replace(/( +Starting bad\.service\.\.\.\n)( +the disk is gone\n)/, '$2$1')
      .replaceAll(/\.mesh-play-[0-9a-f]{12}/g, '.mesh-play-0a1b2c')
  );
};

const ID = '- command: id -un\n';
const line = (tasks: string): string[] => [`         4 |     ${tasks.split('\n')[0]}`, '           |       ^'];

onHosts('a host that does not do as it should', () => {
  beforeAll(async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'wrong')]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('refuses the become password', async () => {
    const said = await onVm1(ID, {
      ansible_user: 'ops',
      ansible_become: 'true',
      ansible_become_password: 'not-the-one',
    });
    expect(said.status).toBe(2);
    expect(told(said)).toBe(
      [
        'TASK [command]',
        'failed: [vm1]',
        '    /site.yml:4:7: sudo refused the password for user "root" on vm1',
        ...line(ID),
        '      mend: give the right one by -K or ansible_become_password',
      ].join('\n'),
    );
    expect(said.out + said.err).not.toContain('not-the-one');
  });

  it('refuses the key', async () => {
    const said = await onVm1(ID, { ansible_user: 'ops', ansible_ssh_private_key_file: join(folder, 'wrong') });
    expect(said.status).toBe(4);
    expect(told(said)).toBe(
      [
        'TASK [command]',
        'unreachable: [vm1]',
        '    /site.yml:4:7: vm1 cannot be reached as ops@192.0.2.11:22',
        ...line(ID),
        '      why:  it refused the login; tried key /wrong',
        '      mend: give the right user, key or password',
      ].join('\n'),
    );
  });

  it('shows another key than the one that is known', async () => {
    const other = readFileSync(join(folder, 'wrong.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(join(folder, 'known'), `# kept\n${NETWORK}.11 ${other}\n`);
    const said = await onVm1(ID, { ansible_user: 'root', ansible_ssh_known_hosts_file: join(folder, 'known') });
    expect(said.status).toBe(4);
    expect(told(said)).toBe(
      [
        'TASK [command]',
        'unreachable: [vm1]',
        '    /site.yml:4:7: the host key of vm1 (192.0.2.11) has changed',
        ...line(ID),
        '        known: ssh-ed25519 SHA256:… (/known:2)',
        '        shown: ssh-ed25519 SHA256:…',
        '      why:  somebody may be listening in, or the host was set up anew',
        '      mend: if the host was set up anew, remove line 2 of /known',
      ].join('\n'),
    );
  });

  it('has no sh where it is said to be', async () => {
    const said = await onVm1(ID, { ansible_user: 'root', ansible_shell_executable: '/bin/nosh' });
    expect(said.status).toBe(4);
    expect(told(said)).toMatchInlineSnapshot(`
      "TASK [command]
      unreachable: [vm1]
          /site.yml:4:7: vm1 has no shell at /bin/nosh
               4 |     - command: id -un
                 |       ^
              bash: line 1: /bin/nosh: No such file or directory
            mend: say where sh is in ansible_shell_executable"
    `);
  });

  it('is reached by OpenSSH itself too, and becomes by sudo and by su', async () => {
    for (const method of ['sudo', 'su']) {
      const become = { ansible_become: 'true', ansible_become_user: 'ops', ansible_become_method: method };
      const task = '- command: id -un\n  register: who\n  failed_when: who.stdout != "ops"\n';
      const said = await onVm1(task, { ansible_user: 'root', ansible_connection: 'openssh', ...become });
      expect(said.status, said.out).toBe(0);
    }
  });

  it('has a unit that does not start: its last log lines are shown', async () => {
    const unit = '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c "echo the disk is gone >&2; exit 3"\\n';
    const tasks = `- copy: {dest: /etc/systemd/system/bad.service, content: '${unit.replaceAll('\\n', '\n\n      ')}'}\n`;
    const start = '- systemd: {name: bad, state: started, daemon_reload: true}\n';
    const said = await onVm1(tasks + start, { ansible_user: 'root' });
    expect(said.status, said.out).toBe(2);
    expect(lastTold(said)).toMatchInlineSnapshot(`
      "TASK [systemd]
      failed: [vm1]
          /site.yml:11:7: bad.service did not start
              11 |     - systemd: {name: bad, state: started, daemon_reload: true}
                 |       ^
              its last log lines:
                the disk is gone
                Starting bad.service...
                bad.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED
                bad.service: Failed with result 'exit-code'.
                Failed to start bad.service.
            why:  Job for bad.service failed because the control process exited with error code."
    `);
  });

  it('has a unit of a package that another one names: a file in /etc stands before it at once', async () => {
    const unit = (said: string): string =>
      `[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/echo ${said}\\n`;
    const tasks = `- shell: |
    printf '${unit('packaged')}' >/lib/systemd/system/two.service
    printf '[Unit]\\nAfter=two.service\\n${unit('another')}' >/lib/systemd/system/another.service
    systemctl daemon-reload && systemctl start another two
- copy: {dest: /etc/systemd/system/two.service, content: "${unit('ours')}"}
- systemd: {name: two, state: restarted, daemon_reload: true}
- command: systemctl show -P FragmentPath two
  register: path
  failed_when: path.stdout != '/etc/systemd/system/two.service'
- copy: {dest: /etc/systemd/system/another.service, content: "${unit('ours')}"}
- systemd: {daemon_reload: true}
- systemd: {daemon_reload: true}
  register: again
  failed_when: again is changed
- command: systemctl show -P FragmentPath another
  register: path
  failed_when: path.stdout != '/etc/systemd/system/another.service'
- shell: systemctl stop another two && rm /*/systemd/system/two.service /*/systemd/system/another.service && systemctl daemon-reload
`;
    const said = await onVm1(tasks, { ansible_user: 'root' });
    expect(said.status, said.out).toBe(0);
  });

  it('has a full disk: the old file stays and nothing is left beside it', async () => {
    const prepare = '- shell: mkdir -p /small && mount -t tmpfs -o size=64k tmpfs /small && echo old >/small/file\n';
    writeFileSync(join(folder, 'large'), 'x'.repeat(300_000));
    const copy = `- copy: {src: ${join(folder, 'large')}, dest: /small/file}\n`;
    const said = await onVm1(prepare + copy, { ansible_user: 'root' });
    expect(said.status, said.out).toBe(2);
    expect(lastTold(said)).toMatchInlineSnapshot(`
      "TASK [copy]
      vm1: /small/file
      failed: [vm1]
          /site.yml:5:7: the disk that holds /small/file is full
               5 |     - copy: {src: /large, dest: /small/file}
                 |       ^
              cat: write error: No space left on device
            why:  the old file, if there was one, is as it was
            mend: make room on the file system of /small"
    `);
    const look =
      '- shell: cat /small/file; ls -A /small | wc -l; umount /small\n  register: r\n  failed_when: r.stdout_lines != ["old", "1"]\n';
    expect((await onVm1(look, { ansible_user: 'root' })).status).toBe(0);
  });

  it('has a clock that is hours off: the mesh is not begun', async () => {
    const date = '#!/bin/sh\nexec /bin/date -d "+2 hours" "$@"\n';
    const lay = `printf %s '${date}' >/usr/local/sbin/date && chmod +x /usr/local/sbin/date`;
    expect((await onHost('vm2', lay)).status).toBe(0);
    const said = await play('site');
    expect(said.status, said.out).toBe(2);
    expect(said.out.slice(said.out.indexOf('failed: '), said.out.indexOf('\n\nPLAY RECAP'))).toBe(
      [
        'failed: [localhost]',
        '    roles/mesh/tasks/clocks_agree.yml:1:3: the clock of vm2 is 2 h ahead of that of control, whose SPIRE server signs',
        '         1 | - name: Clocks agree',
        '           |   ^',
        '      why:  certificates hold from a moment to another, and each host judges them by its own clock: there they are not yet valid, or have ended',
        '      mend: let all hosts keep their time by NTP ("timedatectl" on a host tells whether it does), or bear more: mesh_clock_skew_max',
      ].join('\n'),
    );
    expect(changedOn(said)).toEqual([0, 0, 0]);
    expect((await onHost('vm2', 'rm /usr/local/sbin/date')).status).toBe(0);
  });

  it('has a kernel that cannot run Cilium: the mesh is not begun', async () => {
    const uname = '#!/bin/sh\n[ "$*" = -r ] && echo 5.4.0-9 || exec /bin/uname "$@"\n';
    const lay = `printf %s '${uname}' >/usr/local/sbin/uname && chmod +x /usr/local/sbin/uname`;
    expect((await onHost('vm2', lay)).status).toBe(0);
    const said = await play('site');
    expect(said.status, said.out).toBe(2);
    expect(said.out).toContain('vm2 lacks a kernel of version 5.10 or newer: it has 5.4.0\n');
    expect(changedOn(said)).toEqual([0, 0, 0]);
    expect((await onHost('vm2', 'rm /usr/local/sbin/uname')).status).toBe(0);
  });

  it('has apt at work already: who holds the lock is said', async () => {
    const hold = `- shell: |
    mkdir -p /tmp/d/DEBIAN
    printf 'Package: mp-none\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x>\\nDescription: x\\n' >/tmp/d/DEBIAN/control
    dpkg-deb -b /tmp/d /tmp/d.deb
- copy:
    dest: /tmp/hold.py
    content: |
      import fcntl, time
      f = open("/var/lib/dpkg/lock-frontend", "w")
      fcntl.lockf(f, fcntl.LOCK_EX)
      open("/tmp/held", "w")
      time.sleep(600)
- shell: setsid python3 /tmp/hold.py </dev/null >/dev/null 2>&1 &
- wait_for: {path: /tmp/held, sleep: 0.1}
- apt: {deb: /tmp/d.deb, lock_timeout: 0}
`;
    const said = await onVm1(hold, { ansible_user: 'root' });
    expect(said.status, said.out).toBe(2);
    expect(lastTold(said)).toMatchInlineSnapshot(`
      "TASK [apt]
      failed: [vm1]
          /site.yml:18:7: another package manager holds /var/lib/dpkg/lock-frontend: process 123 (python3)
              18 |     - apt: {deb: /tmp/d.deb, lock_timeout: 0}
                 |       ^
            why:  apt waited for it as long as lock_timeout says
            mend: let it finish, or set lock_timeout to more seconds"
    `);
    const free =
      '- shell: pkill -f [h]old.py; rm -f /tmp/held\n- apt: {deb: /tmp/d.deb}\n- apt: {deb: /tmp/d.deb}\n  register: again\n  failed_when: again is changed\n';
    const after = await onVm1(free, { ansible_user: 'root' });
    expect(after.status, after.out).toBe(0);
  });
});
