import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../engine/module.ts';
import { formatProblem } from '../../engine/problem.ts';
import { createRegistry } from '../../engine/registry.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const module = (name: string): string => `import { defineQuery, Problem } from 'mesh-play';
interface Args { word?: string }
export default defineQuery<Args>({
  name: '${name}', description: 'Says a word.',
  schema: { type: 'object', additionalProperties: false, properties: { word: { type: 'string', description: 'It.' } } },
  ask: async () => { throw new Problem({ code: 'said', what: 'it was said' }); },
});
`;

function role(name: string, files: Record<string, string>): string {
  const at = join(folder, name);
  mkdirSync(join(at, 'modules'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at, 'modules', file), text);
  return at;
}

const own = () => pathToFileURL(`${join(folder, 'engine')}/`);
const registry = () => createRegistry({ modulesFolder: own(), cacheFolder: join(folder, 'cache') });
const problem = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no problem',
    (thrown) => formatProblem(thrown as Problem).replaceAll(`${folder}/`, ''),
  );

describe('the registry', () => {
  it('finds the modules of the engine that lie beside it', async () => {
    const names = createRegistry().names();
    expect(names).toEqual([...names].sort());
    for (const name of names) expect((await createRegistry().find(name))?.name).toBe(name);
  });

  it('loads the TypeScript of a role without a build, with the engine itself as mesh-play', async () => {
    const a = role('a', { 'say_word.ts': module('say_word'), 'notes.md': '' });
    const found = await registry().find('say_word', [a]);
    expect(found).toMatchObject({ name: 'say_word', kind: 'query' });
    const thrown = found?.kind === 'query' ? await found.ask({} as never, {}, {} as never).catch((x) => x) : undefined;
    expect(thrown).toBeInstanceOf(Problem);
    expect(registry().names([a])).toEqual(['say_word']);
  });

  it('answers undefined for a name nobody defines, and in a role without modules', async () => {
    expect(await registry().find('nothing', [join(folder, 'absent')])).toBeUndefined();
  });

  it('loads a module once', async () => {
    const a = role('a', { 'say_word.ts': module('say_word') });
    const both = registry();
    expect(await both.find('say_word', [a])).toBe(await both.find('say_word', [a]));
  });

  it('refuses a name that two roles define', async () => {
    const roles = [role('a', { 'say_word.ts': module('say_word') }), role('b', { 'say_word.ts': module('say_word') })];
    expect(await problem(registry().find('say_word', roles))).toBe(
      `two files define the module "say_word"
  why:  a/modules/say_word.ts and b/modules/say_word.ts: a task could mean either
  mend: rename one of them`,
    );
  });

  it('refuses a role module that takes the name of one of the engine', async () => {
    mkdirSync(join(folder, 'engine'));
    writeFileSync(join(folder, 'engine/copy.ts'), '');
    const a = role('a', { 'copy.ts': module('copy') });
    expect(await problem(registry().find('copy', [a]))).toBe(
      `two files define the module "copy"
  why:  a/modules/copy.ts and engine/copy.ts: a task could mean either
  mend: rename one of them`,
    );
  });

  it('refuses a module whose name is not that of its file', async () => {
    const a = role('a', { 'speak.ts': module('say_word') });
    expect(await problem(registry().find('speak', [a]))).toBe(
      `a/modules/speak.ts calls its module "say_word"
  why:  a module is found by the name of its file
  mend: name the module "speak", or the file say_word.ts`,
    );
  });

  it('refuses a file without a module', async () => {
    const a = role('a', { 'speak.ts': 'export const speak = 1;' });
    expect(await problem(registry().find('speak', [a]))).toBe(
      `a/modules/speak.ts has no module as its default export
  mend: export default defineModule({ name: 'speak', … })`,
    );
  });

  it('names the file of a module that does not load', async () => {
    const a = role('a', { 'speak.ts': "throw new Error('broken on purpose');" });
    expect(await problem(registry().find('speak', [a]))).toBe(
      `the module "speak" does not load: broken on purpose
    a/modules/speak.ts:1
         1 | throw new Error('broken on purpose');
           | ${'^'.repeat(37)}`,
    );
  });
});
