import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../engine/arguments.ts';
import { manual } from '../../engine/doc.ts';
import type { Module, Property } from '../../engine/module.ts';
import { Problem } from '../../engine/problem.ts';
import { createRegistry } from '../../engine/registry.ts';

const ROOT = join(import.meta.dirname, '../..');
const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'any'];

/** A module as the registry finds it, and the name of its file. */
interface Found {
  file: string;
  role?: string;
  module: Module;
}

/** Modules that only mean something beside real SPIRE: the site's test on lab hosts proves them. */
const ON_LAB = ['spire_join_token', 'spire_svid'];

const registry = createRegistry();

async function load(file: string, role?: string): Promise<Found> {
  const folders = role === undefined ? [] : [join(ROOT, 'roles', role)];
  const module = await registry.find(file, folders);
  if (!module) throw new Error(`the registry does not find ${file}`);
  return { file, module, ...(role === undefined ? {} : { role }) };
}

/** Names of a role's module files; none when it has no modules. */
function modulesOf(role: string): string[] {
  const folder = join(ROOT, 'roles', role, 'modules');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => basename(name, '.ts'));
}

const own = await Promise.all(registry.names().map((name) => load(name)));
const roles = readdirSync(join(ROOT, 'roles'));
const ofRoles = await Promise.all(roles.flatMap((role) => modulesOf(role).map((name) => load(name, role))));
const all = [...own, ...ofRoles];

/** Every argument with the path to it, those inside of objects and lists too. */
function argumentsOf(properties: Readonly<Record<string, Property>>, above = ''): [string, Property][] {
  return Object.entries(properties).flatMap(([name, property]): [string, Property][] => [
    [above + name, property],
    ...argumentsOf(property.properties ?? property.items?.properties ?? {}, `${above}${name}.`),
  ]);
}

/** What a person reads as a sentence: a capital first, a full stop (or more) last. */
const isSentence = (text: string): boolean => /^[A-Z0-9"[!“{].*[.!?)]$/s.test(text.trim());

function refusal(module: Module, args: Record<string, string>): Problem {
  try {
    resolveArguments(module, args, undefined);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error(`${module.name} takes ${JSON.stringify(args)}`);
}

describe.each(all.map((found) => [found.module.name, found] as const))('the module %s', (_name, { file, module }) => {
  it('is called as its file is', () => {
    expect(module.name).toBe(file);
  });

  it('says in a sentence what it promises', () => {
    expect(module.description).toSatisfy(isSentence);
  });

  it('gives every argument a type and a description', () => {
    const bare = argumentsOf(module.schema.properties)
      .filter(([, { type, description }]) => !TYPES.includes(type) || !description?.trim())
      .map(([name]) => name);
    expect(bare).toEqual([]);
  });

  it('names only arguments it has in its rules', () => {
    const { required = [], requiredOneOf = [], mutuallyExclusive = [], properties } = module.schema;
    const ruled = [...required, ...requiredOneOf.flat(), ...mutuallyExclusive.flat(), module.freeForm ?? []].flat();
    expect(ruled.filter((name) => !(name in properties))).toEqual([]);
  });

  it('calls no two arguments by one name', () => {
    const names = Object.entries<Property>(module.schema.properties).flatMap(([name, { aliases = [] }]) => [
      name,
      ...aliases,
    ]);
    expect(names).toEqual([...new Set(names)]);
  });

  it('has a default that is among the values it takes', () => {
    const wrong = argumentsOf(module.schema.properties)
      .filter(([, { enum: choices, default: value }]) => choices && value !== undefined && !choices.includes(value))
      .map(([name]) => name);
    expect(wrong).toEqual([]);
  });

  it('refuses an argument it does not have, unless it takes any', () => {
    if (module.kind === 'controller' && module.anyArgument) {
      const needed = Object.fromEntries((module.schema.required ?? []).map((name) => [name, 'x']));
      const given = { ...needed, no_such_argument: 'x' };
      expect(resolveArguments(module, given, undefined)).toMatchObject(given);
      return;
    }
    const problem = refusal(module, { no_such_argument: 'x' });
    expect(problem.what).toContain('no_such_argument');
  });

  it('has a manual that tells of every argument', () => {
    const text = manual(module);
    expect(text).toContain(module.description);
    const missing = argumentsOf(module.schema.properties)
      .map(([name]) => name.split('.').at(-1) ?? name)
      .filter((name) => !new RegExp(`^\\s+${name} \\(`, 'm').test(text));
    expect(missing).toEqual([]);
  });
});

it('are all found in the folder of the engine', () => {
  const files = readdirSync(join(ROOT, 'engine/modules')).map((name) => basename(name, '.ts'));
  expect(registry.names()).toEqual(files.sort());
});

it('have each a test file of their own', () => {
  const tested = (name: string, role?: string): boolean =>
    (role === undefined
      ? [`engine/modules/${name}.test.ts`]
      : [
          `roles/${role}/${name}.test.ts`,
          `roles/${role}/${role}.test.ts`,
          ...(ON_LAB.includes(name) ? ['lab/mesh/site.test.ts'] : []),
        ]
    ).some((file) => existsSync(join(ROOT, 'test', file)));
  const untested = all
    .filter(({ file, role }) => !tested(file, role))
    .map(({ file, role }) => (role === undefined ? file : `${role}: ${file}`));
  expect(untested, `modules without a test file: ${untested.join(', ')}`).toEqual([]);
});
