import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packedContent } from '../../../roles/artifact/lib/pack.ts';
import artifact from '../../../roles/artifact/modules/artifact.ts';
import { controllerFor, runModule, temporaryFolder } from '../../support/module.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A mirror with one program, in one version. */
function mirror(version: string) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, version));
  const program = `#!/bin/sh\necho ${version}\n`;
  writeFileSync(join(folder, version, 'tool'), program);
  return { folder, program };
}

const args = (version: string, folder: string, dest: string, pin: string) => ({
  product: 'tool',
  version,
  programs: ['tool'],
  source: 'mirror',
  mirror: `${folder}/{version}/{program}`,
  sha256: { tool: pin },
  arch: 'x86_64',
  dest,
});

describe('artifact', () => {
  it('lays a program under its version, moves the link, and goes back by moving it again', async () => {
    const dest = temporaryFolder();
    const [one, two] = [mirror('1.0'), mirror('2.0')];
    const first = args('1.0', one.folder, dest, sha256(one.program));
    const second = args('2.0', two.folder, dest, sha256(two.program));
    expect((await runModule(artifact, first)).remaining).toEqual([]);
    expect((await runModule(artifact, first)).changed).toBe(false);
    await runModule(artifact, second);
    expect(readlinkSync(join(dest, 'tool/current'))).toBe('2.0');
    expect(readFileSync(join(dest, 'tool/current/tool'), 'utf8')).toBe(two.program);
    expect(statSync(join(dest, 'tool/current/tool')).mode & 0o777).toBe(0o755);
    const back = await runModule(artifact, first);
    expect(back.changes).toEqual([{ key: 'current', before: '2.0', after: '1.0' }]);
  });

  it('reads a program again only when something touched it since it was laid', async () => {
    const dest = temporaryFolder();
    const { folder, program } = mirror('1.0');
    const given = args('1.0', folder, dest, sha256(program));
    await runModule(artifact, given);
    const tool = join(dest, 'tool/1.0/tool');
    const note = join(dest, 'tool/1.0/.tool.sum');
    writeFileSync(note, readFileSync(note, 'utf8').replace(/^\S+/, '0'.repeat(64)));
    expect((await runModule(artifact, given, { check: true })).changes).toEqual([
      { key: 'tool', before: '0'.repeat(64), after: sha256(program) },
    ]);
    await runModule(artifact, given);
    const { atime, mtime } = statSync(tool);
    const other = program.replace('1.0', '1.1');
    writeFileSync(tool, other);
    utimesSync(tool, atime, mtime);
    expect((await runModule(artifact, given)).changes).toEqual([
      { key: 'tool', before: sha256(other), after: sha256(program) },
    ]);
    expect(readFileSync(tool, 'utf8')).toBe(program);
    expect((await runModule(artifact, given)).changed).toBe(false);
  });

  it('lays a folder of a product, which a mirror has as an archive', async () => {
    const dest = temporaryFolder();
    const { folder, program } = mirror('5.0');
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'lib/part'), 'of it');
    const archive = join(folder, '5.0/lib.tar');
    execFileSync('tar', ['-cf', archive, '-C', join(folder, 'lib'), '.']);
    const pin = createHash('sha256').update(readFileSync(archive)).digest('hex');
    const given = { ...args('5.0', folder, dest, sha256(program)), folders: ['lib'] };
    await expect(runModule(artifact, given)).rejects.toThrow('lib of tool 5.0 has no pinned sha256');
    const pinned = { ...given, sha256: { ...given.sha256, lib: pin } };
    expect((await runModule(artifact, pinned)).remaining).toEqual([]);
    expect(readFileSync(join(dest, 'tool/current/lib/part'), 'utf8')).toBe('of it');
    expect((await runModule(artifact, pinned)).changed).toBe(false);
  });

  it('packs a large program when it is first sent, once for all hosts, and keeps that in the cache', async () => {
    const folder = temporaryFolder();
    const program = Buffer.alloc(2 * 1024 * 1024, 'tool 6.0\n');
    writeFileSync(join(folder, 'tool'), program);
    const content = await packedContent(join(folder, 'tool'), controllerFor({}));
    expect(readdirSync(folder)).toEqual(['tool']);
    const [one, two] = await Promise.all([content.packed?.(), content.packed?.()]);
    const beside = `.tool.${content.sha256.slice(0, 16)}.gz`;
    expect(readdirSync(folder).sort()).toEqual([beside, 'tool']);
    expect(gunzipSync(readFileSync(join(folder, beside))).equals(program)).toBe(true);
    const { ino } = statSync(join(folder, beside));
    expect([one?.sha256, (await content.packed?.())?.sha256]).toEqual([two?.sha256, two?.sha256]);
    expect(statSync(join(folder, beside)).ino).toBe(ino);
  });

  it('refuses a wrong checksum before it looks at the host', async () => {
    const dest = temporaryFolder();
    const { folder } = mirror('3.0');
    await expect(runModule(artifact, args('3.0', folder, dest, '0'.repeat(64)))).rejects.toThrow(
      'tool 3.0 has another sha256 than the one that is pinned',
    );
    expect(existsSync(join(dest, 'tool'))).toBe(false);
  });

  it('refuses a program that is not pinned', async () => {
    const { folder } = mirror('4.0');
    const { sha256: _pins, ...unpinned } = args('4.0', folder, temporaryFolder(), '');
    await expect(runModule(artifact, unpinned)).rejects.toThrow('tool of tool 4.0 has no pinned sha256');
  });
});

const go = spawnSync('go', ['version']).status === 0;

describe.skipIf(!go)(`artifact, from a folder${go ? '' : ' (skipped: there is no go on this machine)'}`, () => {
  /** A Go module without dependencies. */
  function folderWith(text: string): string {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'tool'));
    writeFileSync(join(folder, 'go.mod'), 'module example.internal/tool\n\ngo 1.24\n');
    writeFileSync(
      join(folder, 'tool/main.go'),
      `package main\n\nimport "os"\n\nfunc main() { os.Stdout.WriteString("${text}") }\n`,
    );
    return folder;
  }
  const built = (folder: string, dest: string) => ({
    product: 'tool',
    version: '1.0',
    programs: ['tool'],
    source: 'go',
    go: { folder, packages: { tool: 'tool' } },
    arch: 'x86_64',
    dest,
  });

  it('builds what is there, and again when a file has changed', async () => {
    const [dest, folder] = [temporaryFolder(), folderWith('one')];
    expect((await runModule(artifact, built(folder, dest))).remaining).toEqual([]);
    const program = join(dest, 'tool/current/tool');
    expect(execFileSync(program, { encoding: 'utf8' })).toBe('one');
    expect((await runModule(artifact, built(folder, dest))).changed).toBe(false);
    const other = folderWith('two');
    expect((await runModule(artifact, built(other, dest))).changed).toBe(true);
    expect(execFileSync(program, { encoding: 'utf8' })).toBe('two');
    expect(readdirSync(folder).sort()).toEqual(['go.mod', 'tool']);
  });
});
