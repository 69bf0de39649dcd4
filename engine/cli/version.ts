import { readFileSync } from 'node:fs';

// package.json is one folder up from dist/ and two up from engine/cli/.
const candidates = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));

function read(): string {
  for (const url of candidates) {
    try {
      const { name, version } = JSON.parse(readFileSync(url, 'utf8')) as { name?: string; version?: string };
      if (name === 'mesh-play' && version) return version;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    }
  }
  return 'unknown';
}

/** The version in package.json. */
export const VERSION = read();
