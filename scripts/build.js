// Bundles the engine into dist/: cli.cjs for the command line, one script with a code cache beside it, and module.js for
// module authors and their tests. Role modules that a run loads get the engine they run in, not module.js.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Puts the engine's modules into engine/bundled.ts. */
const bundleModules = {
  name: 'bundle-modules',
  setup({ onLoad }) {
    onLoad({ filter: /[/]engine[/]bundled[.]ts$/ }, () => {
      const names = readdirSync(join(root, 'engine/modules')).map((file) => file.replace(/[.]ts$/, ''));
      const members = names.map((name) => `${name}: () => import('./modules/${name}.ts')`);
      return { contents: `export const bundled = { ${members.join(', ')} };\n`, loader: 'ts' };
    });
  },
};

/** What all builds have in common. */
export const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  // Comments and white space cost a start time to read; names stay, for the stack of a bug.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  // ssh2 does without its native add-ons, which npm may not have built.
  external: ['cpu-features', '*.node'],
  // CommonJS packages in an ES module bundle still call require() for Node's own modules, and name their folder.
  banner: {
    js: `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url), __dirname = new URL('.', import.meta.url).pathname;`,
  },
  plugins: [bundleModules],
  logLevel: 'warning',
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await build({ ...options, entryPoints: ['engine/module.ts'], outdir: 'dist' });
  await build({
    ...options,
    entryPoints: ['engine/cli.ts'],
    outfile: 'dist/cli.cjs',
    format: 'cjs',
    // Node loads eight files of its own for `performance`.
    define: { 'import.meta.url': '__url', 'performance.now': '__now' },
    // The function that CommonJS is for Node stands in the file, so that a start need not put one around its text.
    banner: {
      js: `(function (exports, require, module, __filename, __dirname) {
const __url = require('node:url').pathToFileURL(__filename).href, __now = () => Number(process.hrtime.bigint()) / 1e6;`,
    },
    footer: { js: '})' },
  });
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/warm.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('the code cache could not be written');
}
