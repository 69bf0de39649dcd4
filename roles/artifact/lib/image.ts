import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';
import { fetchBlob, layersOf, repositoryOf } from './registry.ts';
import { exists, fill, keep, keepFolder, type Source, type Told, type Wanted } from './source.ts';

const run = promisify(execFile);
const LITERAL = ['--quoting-style=literal', '--no-unquote', '--no-wildcards'];
const LARGE = { maxBuffer: 256 * 1024 * 1024 };

type Image = Extract<Source, { kind: 'image' }>;

/** Takes programs and folders out of an image, of which each piece is checked against its digest. */
export async function takeFromImage(wanted: Wanted, source: Image, folder: string, tell: Told): Promise<void> {
  const repository = repositoryOf(source.reference);
  const paths = memberPaths(wanted, source);
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-image-'));
  try {
    const root = join(work, 'root');
    await mkdir(root);
    const layers = await layersOf(repository, source.digest, wanted.arch);
    const total = layers.reduce((sum, { size }) => sum + size, 0);
    let before = 0;
    for (const layer of layers) {
      const file = join(work, 'layer');
      await fetchBlob(repository, layer, file, (done) => tell(`fetching ${wanted.product}`, before + done, total));
      await lay(file, root, Object.values(paths));
      before += layer.size;
    }
    await keepAll(wanted, paths, root, folder, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Where in the image each program and folder is, without a leading slash. */
function memberPaths(wanted: Wanted, { members }: Image): Record<string, string> {
  return Object.fromEntries(
    [...wanted.programs, ...wanted.folders].map((name) => {
      const path = normalize(fill(members[name] ?? `usr/bin/${name}`, wanted)).replace(/^\/+|\/+$/g, '');
      if (/^(?:\.|$)/.test(path))
        throw new Problem({ code: 'wrong-argument', what: `"${members[name]}" is no path in an image` });
      return [name, path];
    }),
  );
}

/**
 * Lays what is wanted of one layer over what the lower ones had. A layer takes files away by names with .wh. before them,
 * and what was in a folder before by .wh..wh..opq (OCI image specification, layer.md).
 */
async function lay(layer: string, root: string, paths: readonly string[]): Promise<void> {
  const { stdout } = await run('tar', [...LITERAL, '-tf', layer], LARGE);
  const names = stdout.split('\n').filter(Boolean);
  const bare = names.map((name) => name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, ''));
  for (const name of bare) {
    const cut = name.lastIndexOf('/') + 1;
    if (!name.startsWith('.wh.', cut)) continue;
    const [parent, gone] = [name.slice(0, cut), name.slice(cut + '.wh.'.length)];
    const path = gone === '.wh..opq' ? parent.replace(/\/$/, '') : parent + gone;
    if (touches(path, paths)) await rm(join(root, path), { recursive: true, force: true });
  }
  const taken = names.filter((_, index) => isIn(bare[index] ?? '', paths) && !/(?:^|\/)\.wh\./.test(bare[index] ?? ''));
  if (taken.length === 0) return;
  const words = [
    ...LITERAL,
    '-xf',
    layer,
    '-C',
    root,
    '--no-recursion',
    '--no-same-owner',
    '--verbatim-files-from',
    '-T-',
  ];
  const extracting = run('tar', words, LARGE);
  extracting.child.stdin?.end(`${taken.join('\n')}\n`);
  await extracting;
}

/** Whether a path is one that is wanted, or in one. */
const isIn = (path: string, paths: readonly string[]): boolean =>
  paths.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));

/** Whether taking a path away takes anything away that is wanted. */
const touches = (path: string, paths: readonly string[]): boolean =>
  isIn(path, paths) || paths.some((wanted) => path === '' || wanted.startsWith(`${path}/`));

async function keepAll(wanted: Wanted, paths: Record<string, string>, root: string, folder: string, work: string) {
  for (const name of [...wanted.programs, ...wanted.folders]) {
    const from = join(root, paths[name] ?? '');
    const found = (await exists(from)) ? await lstat(from) : undefined;
    const right = wanted.programs.includes(name) ? found?.isFile() : found?.isDirectory();
    if (!right)
      throw new Problem({
        code: 'wrong-image',
        what: `the image of ${wanted.product} ${wanted.version} has no ${wanted.programs.includes(name) ? 'file' : 'folder'} at /${paths[name]}`,
        mend: 'say in "members" where it is',
      });
  }
  for (const name of wanted.programs) {
    await keep(join(root, paths[name] ?? ''), join(folder, name));
    await chmod(join(folder, name), 0o755);
  }
  for (const name of wanted.folders) await keepFolder(name, join(root, paths[name] ?? ''), work, folder);
}
