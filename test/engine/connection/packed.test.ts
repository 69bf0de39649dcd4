import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Content } from '../../../engine/connection/connection.ts';
import { childChannel } from '../../../engine/connection/local.ts';
import { Shell } from '../../../engine/connection/shell.ts';
import { ShellWriter } from '../../../engine/connection/writer.ts';
import { bytesContent } from '../../../engine/run/content.ts';
import { temporaryFolder } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const folder = temporaryFolder();
const shells: Shell[] = [];
afterAll(() => {
  for (const shell of shells) shell.end();
});

const bytes = Buffer.alloc(1_000_000, 'mesh-play\n');
const packed = (as: Buffer = gzipSync(bytes)): Content => ({
  ...bytesContent(bytes),
  packed: async () => bytesContent(as),
});

/** Writes to a host, and answers how many bytes went there. */
async function sent(path: string, content: Content, { far = true, tools = process.env['PATH'] ?? '' } = {}) {
  const shell = new Shell(childChannel(['/bin/sh'], undefined, { PATH: tools }), 'here');
  shells.push(shell);
  let told = 0;
  const writer = new ShellWriter(
    'here',
    (_effect, work) => work(shell),
    {},
    far,
    (_label, done) => {
      told = done;
    },
  );
  await writer.write(path, content, { mode: '0755' });
  return told;
}

/** A folder with all that a write needs, but gzip. */
function withoutGzip(): string {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  for (const name of ['cat', 'chmod', 'head', 'mv', 'rm', 'sync', 'wc'])
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(tools, name));
  return tools;
}

describe('content that has a packed form', () => {
  it('travels packed to another machine, and lies there as it is', async () => {
    const path = join(folder, 'far');
    expect(await sent(path, packed())).toBe(gzipSync(bytes).length);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('travels as it is where the host has no gzip, or is this machine', async () => {
    expect(await sent(join(folder, 'plain'), packed(), { tools: withoutGzip() })).toBe(bytes.length);
    expect(await sent(join(folder, 'near'), packed(), { far: false })).toBe(bytes.length);
    expect(readFileSync(join(folder, 'plain')).equals(bytes)).toBe(true);
    expect(readFileSync(join(folder, 'near')).equals(bytes)).toBe(true);
  });

  it('is not put where it cannot be unpacked, or comes to less', async () => {
    const below = temporaryFolder();
    const path = join(below, 'kept');
    writeFileSync(path, 'old');
    const large = Buffer.alloc(200_000, 'no gzip');
    const broken = await thrownBy(sent(path, packed(large)));
    expect(broken).toMatchObject({ code: 'not-written', why: 'the old file, if there was one, is as it was' });
    expect(broken.details.join('\n')).toContain('not in gzip format');
    await expect(sent(path, packed(gzipSync(bytes.subarray(1))))).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(below)).toEqual(['kept']);
  });
});
