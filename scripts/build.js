// Bundles the engine into dist/: one entry for the command line, one for module authors. Shared code lands in chunks, so
// every entry sees the same classes.
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
      const imports = names.map((name) => `import * as ${name}_ from './modules/${name}.ts';`);
      const members = names.map((name) => `${name}: ${name}_`);
      return { contents: `${imports.join('\n')}\nexport const bundled = { ${members.join(', ')} };\n`, loader: 'ts' };
    });
  },
};

/** What this build and that of the bench have in common. */
export const options = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  // Comments and white space cost a start time to read; names stay, for the stack of a bug.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  // The role-module loader cannot be bundled; ssh2 does without its native add-ons, which npm may not have built.
  external: ['jiti', 'cpu-features', '*.node'],
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
  await build({ ...options, entryPoints: ['engine/cli.ts', 'engine/module.ts'], outdir: 'dist', outbase: 'engine' });
}
