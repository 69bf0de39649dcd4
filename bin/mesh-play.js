#!/usr/bin/env node
// Runs the engine with what V8 made of it when it was built, so that a start does not compile it again. V8 refuses a
// cache of another version of itself, and the engine is compiled as ever.
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const FILE = join(__dirname, '../dist/cli.cjs');
const CACHE = join(__dirname, '../dist/cli.cache');

function cache() {
  try {
    return readFileSync(CACHE);
  } catch (thrown) {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Parts of Node that take long to load, which a run needs late or never: each is loaded when something of it is used. */
const LATE = [
  'node:child_process',
  'node:crypto',
  'node:fs/promises',
  'node:module',
  'node:stream/consumers',
  'node:timers/promises',
  'node:zlib',
];

const late = (name) =>
  LATE.includes(name) ? new Proxy({}, { get: (_, member) => require(name)[member] }) : require(name);

/** Starts the engine; answers the script, whose cache the build writes. */
exports.load = () => {
  if (!existsSync(FILE)) {
    process.stderr.write('mesh-play: it is not built\n  mend: node scripts/build.js\n');
    process.exit(1);
  }
  // It is ASCII, as esbuild writes; V8 takes over a large text of that without a copy.
  const text = readFileSync(FILE, 'latin1');
  const script = new Script(text, { filename: FILE, cachedData: cache() });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, late, module, FILE, dirname(FILE));
  return script;
};
exports.CACHE = CACHE;

if (require.main === module) exports.load();
