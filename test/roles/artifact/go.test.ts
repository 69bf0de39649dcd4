import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import artifact from '../../../roles/artifact/modules/artifact.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const go = spawnSync('go', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-go-registry-'));
afterAll(() => {
  // Go keeps the modules it fetched without write permission.
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

function lay(base: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  }
  return base;
}

const WORD = 'package word\n\nfunc Word() string { return "VALUE" }\n';

/** Serves version 1.0.0 of a module. */
function serve(module: string, needs: string, files: Record<string, string>): void {
  const at = `${module}@v1.0.0`;
  const mod = `module ${module}\n\ngo 1.24\n\n${needs}`;
  lay(join(folder, at), { 'go.mod': mod, 'go.sum': '', ...files });
  const served = join(folder, module, '@v');
  lay(served, { 'v1.0.0.info': '{"Version":"v1.0.0"}', 'v1.0.0.mod': mod });
  execFileSync('zip', ['-qr', join(served, 'v1.0.0.zip'), at], { cwd: folder });
}

const main = (from: string): string => `package main\n\nimport "${from}"\n\nfunc main() { print(word.Word()) }\n`;

/** A Go module registry that serves a tool and not the module the tool needs; and another product of three modules. */
function registry(): void {
  const word = 'example.internal/word';
  serve('example.internal/tool', `require ${word} v1.1.0\n`, { 'main.go': main(word) });
  const shared = 'example.internal/two/word';
  serve(shared, '', { 'word.go': WORD.replace('VALUE', 'shared') });
  // As its authors have it in their checkout.
  const beside = `require ${shared} v1.0.0\n\nreplace (\n\t${shared} => ../word\n)\n`;
  serve('example.internal/two/server', beside, { 'main.go': main(shared) });
  serve('example.internal/two/client', `require ${shared} v1.0.0\n\nreplace ${shared} => ../word\n`, {
    'main.go': main(shared).replace('print(', 'print("client of ", '),
  });
  vi.stubEnv('GOPROXY', `file://${folder}`);
  vi.stubEnv('GOMODCACHE', join(folder, 'modules'));
  vi.stubEnv('GONOSUMDB', '*');
}

const title = `artifact, from a module${go ? '' : ' (skipped: there is no go on this machine)'}`;

// Go compiles its own library first, which takes a while on a busy machine.
describe.skipIf(!go)(title, { timeout: 300_000 }, () => {
  registry();
  const built = (dest: string, replace?: Record<string, string>) => ({
    product: 'tool',
    version: '1.0.0',
    programs: ['tool'],
    source: 'go',
    go: { module: 'example.internal/tool', ...(replace ? { replace } : {}) },
    arch: 'x86_64',
    dest,
  });

  it('builds programs of several modules of one version, with what was released and not what is beside them', async () => {
    const dest = temporaryFolder();
    const modules = { client: 'example.internal/two/client' };
    const two = { ...built(dest), product: 'two', programs: ['server', 'client'] };
    const go = { module: 'example.internal/two/server', modules };
    expect((await runModule(artifact, { ...two, go })).remaining).toEqual([]);
    const said = (program: string): string => spawnSync(join(dest, 'two/current', program)).stderr.toString();
    expect([said('server'), said('client')]).toEqual(['shared', 'client of shared']);
  });

  it('says which module the registry does not serve', async () => {
    const thrown = await runModule(artifact, built(temporaryFolder())).catch((problem) => problem);
    expect(thrown.what).toBe('tool 1.0.0 could not be built');
    expect(thrown.details.join('\n')).toContain('example.internal/word@v1.1.0');
  });

  it('builds with a folder that stands in for a module, again when it changes, and holds no path of it', async () => {
    const dest = temporaryFolder();
    const standIn = lay(temporaryFolder(), {
      'go.mod': 'module example.internal/word\n\ngo 1.24\n',
      'word.go': WORD.replace('VALUE', 'one'),
    });
    const replace = { 'example.internal/word': standIn };
    expect((await runModule(artifact, built(dest, replace))).remaining).toEqual([]);
    const program = join(dest, 'tool/current/tool');
    expect(spawnSync(program).stderr.toString()).toBe('one');
    expect(readFileSync(program).includes(standIn)).toBe(false);
    const other = lay(temporaryFolder(), {
      'go.mod': 'module example.internal/word\n\ngo 1.24\n',
      'word.go': WORD.replace('VALUE', 'two'),
    });
    await runModule(artifact, built(dest, { 'example.internal/word': other }));
    expect(spawnSync(program).stderr.toString()).toBe('two');
  });
});
