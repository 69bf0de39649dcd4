// The four ways to converge the same hosts. Each is { name, rounds, play() }: one run, or { unfit: reason }.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun, recapFault, run, tail } from './measure.js';

/** mesh-play as a user starts it. */
export function meshPlay({ root, site, hosts, inventory }) {
  const args = [join(root, 'bin/mesh-play.js'), site, '-i', inventory];
  return {
    name: 'mesh-play',
    async play() {
      const result = await run(process.execPath, args);
      return { ms: result.ms, fault: recapFault(result, hosts) };
    },
  };
}

/** The hand-written script over one OpenSSH connection a host, all at once. */
export function script({ root, hosts, key, knownHosts }) {
  const files = join(root, 'bench/site/roles/web/files');
  const template = readFileSync(join(root, 'bench/converge.sh'), 'utf8').replace('@FILES@', () => fileCalls(files));
  const ssh = [
    '-o',
    'ControlMaster=no',
    '-o',
    'ControlPath=none',
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=yes',
  ];
  const asRoot = [...ssh, '-F', '/dev/null', '-o', `UserKnownHostsFile=${knownHosts}`, '-i', key, '-l', 'root'];
  return {
    name: 'hand-written script, 8 × OpenSSH',
    async play() {
      const started = performance.now();
      const results = await Promise.all(
        hosts.map(({ name, address }) =>
          run('ssh', [...asRoot, address, 'sh -s'], { input: template.replaceAll('@HOST@', name) }),
        ),
      );
      const ms = performance.now() - started;
      const bad = results.find(({ status, stdout }) => status !== 0 || !stdout.endsWith('changed=0\n'));
      return { ms, fault: bad && `status ${bad.status}: ${tail(bad)}` };
    },
  };
}

/** Calls of the script's `file` for what the role web copies. */
function fileCalls(folder) {
  const end = 'END-OF-THE-FILE';
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const unit = name.endsWith('.service');
      const path = unit ? `/etc/systemd/system/${name}` : `/srv/shared/${name}`;
      const text = readFileSync(join(folder, name), 'utf8');
      if (!text.endsWith('\n') || text.includes(end)) throw new Error(`${name} does not fit into a here-document`);
      return `file ${path} root root 644 ${unit ? 'restarts ' : ''}<<'${end}'\n${text}${end}`;
    })
    .join('\n');
}

/** Installs ansible-core and Mitogen once; says what it has, or `reason` why not. */
export async function installAnsible(cache) {
  const venv = join(cache, 'bench-venv');
  const collections = join(venv, 'collections');
  try {
    const pip = join(venv, 'bin/pip');
    if (!existsSync(pip)) await mustRun('python3', ['-m', 'venv', venv]);
    // One that was interrupted has the first and not the second.
    const { status } = await run(join(venv, 'bin/python'), ['-c', 'import ansible, ansible_mitogen']);
    if (status !== 0) await mustRun(pip, ['install', '-q', 'ansible-core', 'mitogen']);
    // The site uses sysctl, which is not in ansible-core; its collection is taken out of the package `ansible`.
    if (!existsSync(join(collections, 'ansible_collections/ansible/posix'))) {
      const wheels = join(venv, 'wheels');
      await mustRun(pip, ['download', '-q', '--no-deps', '--only-binary', ':all:', '-d', wheels, 'ansible']);
      const take =
        'import sys,glob,zipfile\nz=zipfile.ZipFile(glob.glob(sys.argv[1]+"/ansible-*.whl")[0])\n' +
        'z.extractall(sys.argv[2],[n for n in z.namelist() if n.startswith("ansible_collections/ansible/posix/")])';
      await mustRun(join(venv, 'bin/python'), ['-c', take, wheels, collections]);
      rmSync(wheels, { recursive: true, force: true });
    }
    const ask =
      'import sys,ansible.release as a,mitogen,ansible_mitogen,os\n' +
      'print(a.__version__, ".".join(map(str,mitogen.__version__)), os.path.dirname(ansible_mitogen.__file__), sys.version.split()[0])';
    const { stdout } = await mustRun(join(venv, 'bin/python'), ['-c', ask]);
    const [ansible, mitogen, folder, python] = stdout.trim().split(' ');
    return { venv, collections, ansible, mitogen, python, strategies: join(folder, 'plugins/strategy') };
  } catch (thrown) {
    const why = String(thrown.message).trim().split('\n');
    return { reason: `not installed: ${(why.find((line) => /error/i.test(line)) ?? why.at(-1)).slice(0, 160)}` };
  }
}

/** ansible-core with pipelining and a fork for each host; with Mitogen's strategy when `mitogen`. */
export function ansibleCore({ site, hosts, ansibleInventory, work }, installed, mitogen) {
  const versions = mitogen ? `Mitogen ${installed.mitogen}, ` : '';
  const name = installed.reason
    ? mitogen
      ? 'ansible-core with Mitogen'
      : 'ansible-core'
    : `${versions}ansible-core ${installed.ansible}, pipelining, forks=8`;
  if (installed.reason) return { name, play: async () => ({ unfit: installed.reason }) };
  mkdirSync(join(work, 'ansible'), { recursive: true });
  const config = join(work, 'ansible/ansible.cfg');
  writeFileSync(config, '');
  const env = {
    ANSIBLE_CONFIG: config,
    ANSIBLE_HOME: join(work, 'ansible'),
    ANSIBLE_COLLECTIONS_PATH: installed.collections,
    ANSIBLE_PIPELINING: '1',
    ANSIBLE_FORKS: '8',
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_RETRY_FILES_ENABLED: '0',
    LC_ALL: 'C.UTF-8',
    ...(mitogen ? { ANSIBLE_STRATEGY_PLUGINS: installed.strategies, ANSIBLE_STRATEGY: 'mitogen_linear' } : {}),
  };
  let unfit;
  return {
    name,
    async play() {
      if (unfit) return { unfit };
      // Sockets of its own for each run, so that none starts with the last one's connections open.
      const sockets = mkdtempSync(join(tmpdir(), 'mpb-'));
      const result = await run(join(installed.venv, 'bin/ansible-playbook'), [site, '-i', ansibleInventory], {
        env: { ...env, ANSIBLE_SSH_CONTROL_PATH_DIR: sockets },
      });
      for (const socket of readdirSync(sockets))
        await run('ssh', ['-o', `ControlPath=${join(sockets, socket)}`, '-O', 'exit', 'host']);
      rmSync(sockets, { recursive: true, force: true });
      const fault = recapFault(result, hosts);
      if (fault) {
        writeFileSync(join(work, `${mitogen ? 'mitogen' : 'ansible'}-fault.txt`), `${result.stdout}\n${result.stderr}`);
        unfit = `does not run: ${fault.replace(/\s+/g, ' ').slice(0, 200)}`;
        return { unfit };
      }
      return { ms: result.ms };
    },
  };
}
