// Bundles the engine into dist/: one entry for the command line, one for module authors, one for each module, so that a
// run loads only the modules its playbook names. Shared code lands in chunks, so every entry sees the same classes.
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = readdirSync(join(root, 'engine/modules')).filter((name) => name.endsWith('.ts'));
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['engine/cli.ts', 'engine/module.ts', ...modules.map((name) => `engine/modules/${name}`)],
  outdir: 'dist',
  outbase: 'engine',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  // Native add-ons and the role-module loader cannot be bundled.
  external: ['jiti', 'ssh2', 'cpu-features'],
  // CommonJS packages in an ES module bundle still call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
