import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ENGINE = join(import.meta.dirname, '../engine');

/** Nouns everything may speak of. */
const NOUNS = [
  'numeral.ts',
  'keys.ts',
  'json.ts',
  'late.ts',
  'value.ts',
  'problem.ts',
  'frame.ts',
  'blame.ts',
  'secretnames.ts',
  'property.ts',
  'result.ts',
  'event.ts',
  'secrets.ts',
  'quote.ts',
  'stat.ts',
  'glob.ts',
  'regexp.ts',
];

/** What each place may import, besides itself. `types` are places of which only types may be used. */
const RULES: Record<string, { may: string[]; types?: string[] }> = {
  nouns: { may: [] },
  'module.ts': { may: ['nouns', 'kit.ts'], types: ['connection'] },
  'kit.ts': { may: ['nouns', 'archive', 'files', 'facts', 'system'] },
  archive: { may: ['nouns', 'files'], types: ['connection'] },
  system: { may: ['nouns'], types: ['connection'] },
  files: { may: ['nouns'], types: ['connection'] },
  modules: { may: ['module.ts'] },
  playbook: { may: ['nouns', 'module.ts'], types: ['inventory', 'arguments', 'registry.ts'] },
  inventory: { may: ['nouns', 'playbook'] },
  connection: { may: ['nouns'] },
  facts: { may: ['nouns'], types: ['connection'] },
  report: { may: ['nouns'] },
  'bundled.ts': { may: [] },
  'registry.ts': { may: ['nouns', 'module.ts', 'bundled.ts'] },
  arguments: { may: ['nouns', 'module.ts', 'playbook'] },
  'doc.ts': { may: ['nouns', 'module.ts', 'playbook'] },
  run: { may: ['nouns', 'module.ts', 'playbook', 'inventory', 'connection', 'arguments'], types: ['registry.ts'] },
};

const files = (readdirSync(ENGINE, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'));

function placeOf(file: string): string {
  const [first = ''] = file.split('/');
  if (NOUNS.includes(file)) return 'nouns';
  if (first === 'arguments.ts') return 'arguments';
  if (first === 'cli.ts') return 'cli';
  return first;
}

function importsOf(file: string): { place: string; typeOnly: boolean }[] {
  const text = readFileSync(join(ENGINE, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'/gm);
  return [...found].map(([, type, path = '']) => ({
    place: placeOf(relative(ENGINE, join(ENGINE, dirname(file), path))),
    typeOnly: type !== undefined,
  }));
}

const ROOT = join(ENGINE, '..');

/** What each file of the engine and of roles imports, from the project's folder on; types too. */
const importsByFile = new Map(
  ['engine', 'roles'].flatMap((top) =>
    (readdirSync(join(ROOT, top), { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts'))
      .map((name): [string, string[]] => {
        const file = join(top, name);
        const found = readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export)\s[^'"]*?from\s+'([^']+)'/gm);
        const local = [...found].flatMap(([, path = '']) =>
          path === 'mesh-play' ? ['engine/module.ts'] : path.startsWith('.') ? [join(dirname(file), path)] : [],
        );
        return [file, local];
      }),
  ),
);

/** Every file that a file's imports lead to. */
function reached(file: string): Set<string> {
  const seen = new Set<string>();
  const ahead = [file];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    for (const path of importsByFile.get(next) ?? []) {
      if (!seen.has(path)) ahead.push(path);
      seen.add(path);
    }
  }
  return seen;
}

describe('the layout', () => {
  it.each(Object.keys(RULES))('lets %s import only what is below it', (place) => {
    const rule = RULES[place] ?? { may: [] };
    const wrong = files
      .filter((file) => placeOf(file) === place)
      .flatMap((file) =>
        importsOf(file)
          .filter(({ place: other, typeOnly }) => {
            const allowed = other === place || rule.may.includes(other) || (typeOnly && rule.types?.includes(other));
            return !allowed;
          })
          .map(({ place: other }) => `${file} imports ${other}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has a rule for every place but the command line', () => {
    const places = new Set(files.map(placeOf));
    expect([...places].filter((place) => place !== 'cli' && !(place in RULES)).sort()).toEqual([]);
  });

  it('lets no files import each other in a circle, but for what is a circle in the language itself', () => {
    const circular = [...importsByFile].filter(([file]) => reached(file).has(file)).map(([file]) => file);
    // Tasks include files and roles, which hold tasks and handlers.
    const language = ['handlers.ts', 'includes.ts', 'items.ts', 'role.ts', 'rolefiles.ts'];
    expect(circular.sort()).toEqual(language.map((name) => `engine/playbook/${name}`));
  });

  it('keeps every file of the engine at 250 lines or fewer', () => {
    const long = files.filter((file) => readFileSync(join(ENGINE, file), 'utf8').split('\n').length > 251);
    expect(long).toEqual([]);
  });
});
