import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';
import { keep, keepFolder, type Source, type Told, type Wanted } from './source.ts';

const run = promisify(execFile);

/**
 * Builds a product's programs from the Go module registry: a module of our own that requires it, with the product's own
 * go.sum, so that each dependency is the one its authors pinned; or from a copy of a folder that is a module with its own
 * go.sum. The flags make the same program on every machine.
 */
export async function buildFromGo(wanted: Wanted, source: Go, folder: string, tell: Told) {
  const top = await mkdtemp(join(tmpdir(), 'mesh-play-go-'));
  /** By module, so that programs of one module are built in one place. */
  const places = new Map<string, Place>();
  const placeFor = async (module: string): Promise<Place> => {
    const known = places.get(module) ?? (await placeOf(wanted, source, module, join(top, String(places.size))));
    places.set(module, known);
    return known;
  };
  try {
    for (const name of wanted.folders) {
      const { sources, work } = await placeFor(moduleOf(name, source));
      await keepFolder(name, join(sources, name), work, folder);
    }
    for (const [index, program] of wanted.programs.entries()) {
      tell(`building ${program} ${wanted.version}, minutes`, index, wanted.programs.length);
      const module = moduleOf(program, source);
      const { work } = await placeFor(module);
      await build(program, wanted, source, module, work);
      await keep(join(work, BUILT, program), join(folder, program));
      await chmod(join(folder, program), 0o755);
    }
    tell(`building ${wanted.product} ${wanted.version}`, wanted.programs.length, wanted.programs.length);
  } finally {
    await rm(top, { recursive: true, force: true });
  }
}

type Go = Extract<Source, { kind: 'go' }>;

/** A working folder that is a module to build in, and where the product's own sources are. */
interface Place {
  work: string;
  sources: string;
}

/** The module a program or a folder is of; "." for a folder of the user's. */
const moduleOf = (name: string, { from }: Go): string => ('folder' in from ? '.' : (from.modules[name] ?? from.module));

/** Apart from the sources, where a program may have the name of a folder. */
const BUILT = '.built';

/** The version of the Go that builds, such as `go1.26.8`. */
export async function goVersion(): Promise<string> {
  const { stdout } = await run('go', ['env', 'GOVERSION'], { env: goEnvironment() }).catch((thrown) => {
    throw goProblem(thrown, 'programs cannot be built from source');
  });
  return stdout.trim();
}

/** Makes the working folder a module to build in. */
async function placeOf(wanted: Wanted, { from }: Go, module: string, work: string): Promise<Place> {
  await mkdir(work);
  if (!('folder' in from)) return { work, sources: await prepare(wanted, module, from.replace, work) };
  await cp(from.folder, work, { recursive: true });
  return { work, sources: from.folder };
}

async function prepare(
  { product, version }: Wanted,
  module: string,
  replace: Record<string, string>,
  work: string,
): Promise<string> {
  // Outside any module, so that only this one is looked up; all others are checked against its go.sum.
  const environment = goEnvironment();
  const asked = ['mod', 'download', '-json', `${module}@v${version}`];
  const { stdout } = await run('go', asked, { cwd: work, env: environment }).catch((thrown) => {
    throw goProblem(thrown, `${product} ${version} could not be fetched from the Go module registry`);
  });
  const { Dir, GoVersion } = JSON.parse(stdout) as { Dir: string; GoVersion?: string };
  await copyFile(join(Dir, 'go.sum'), join(work, 'go.sum'));
  await chmod(join(work, 'go.sum'), 0o644);
  const its = await readFile(join(Dir, 'go.mod'), 'utf8');
  const go = GoVersion ?? /^go (\S+)/m.exec(its)?.[1] ?? '1.24';
  const own = await Promise.all(Object.entries(replace).map(([name, folder]) => standIn(name, folder, work)));
  const lines = ['module artifact', `go ${go}`, `require ${module} v${version}`, ...replacements(its), ...own];
  await writeFile(join(work, 'go.mod'), `${lines.join('\n\n')}\n`);
  return Dir;
}

/**
 * Only the main module's replacements count (Go modules reference, go.mod replace), so the product's are taken over. Those by
 * folders beside it are of its authors' checkout: as a module it requires what was released with it.
 */
const replacements = (goMod: string): string[] =>
  [...goMod.matchAll(/^replace \([^)]*\)|^replace [^(\n]+$/gm)]
    .map(([block]) => block.replace(/^.*=> \.{1,2}\/.*\n?/gm, ''))
    .filter(Boolean);

/** Copied to beside the module, so that no path of this machine gets into the program. */
async function standIn(name: string, folder: string, work: string): Promise<string> {
  await cp(folder, join(work, 'replaced', name), { recursive: true });
  return `replace ${name} => ./replaced/${name}`;
}

function build(program: string, wanted: Wanted, source: Go, module: string, work: string): Promise<void> {
  const path = source.packages[program] ?? '.';
  const from = path === '.' ? module : `${module}/${path}`;
  const words = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    '-s -w -buildid=',
    '-o',
    `${BUILT}/${program}`,
    from,
  ];
  const environment = {
    ...goEnvironment(),
    GOARCH: wanted.arch,
    CGO_ENABLED: source.cgo.includes(program) ? '1' : '0',
  };
  return new Promise((resolve, reject) => {
    const child = spawn('go', words, { cwd: work, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-4000);
    });
    child.on('error', (error) => reject(goProblem(error, `${program} could not be built`)));
    child.on('close', (status) => {
      if (status === 0) resolve();
      else reject(goProblem({ stderr: said }, `${program} ${wanted.version} could not be built`));
    });
  });
}

/** Modules may be added to go.mod as they are needed; no other toolchain is fetched. */
const goEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  GOFLAGS: '-mod=mod',
  GOTOOLCHAIN: 'local',
  GOOS: 'linux',
});

function goProblem(thrown: unknown, what: string): Problem {
  const { code, stderr = '' } = thrown as { code?: string; stderr?: string };
  if (code === 'ENOENT') {
    return new Problem({
      code: 'no-go',
      what: `${what}: there is no "go" on the controller`,
      mend: 'install Go 1.25 or newer, or take the programs from a release or a mirror',
    });
  }
  return new Problem({ code: 'go-build-failed', what, details: stderr.trim().split('\n').slice(-8), cause: thrown });
}
