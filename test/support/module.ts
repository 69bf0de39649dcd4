import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { resolveArguments } from '../../engine/arguments.ts';
import { connect } from '../../engine/connection/connect.ts';
import type { Content } from '../../engine/connection/connection.ts';
import type { Session } from '../../engine/connection/session.ts';
import type { Change, Controller, Module } from '../../engine/module.ts';
import { Problem } from '../../engine/problem.ts';
import type { Mapping, Value } from '../../engine/value.ts';
import { HERE } from './here.ts';

/** What came of one module call. */
export interface Ran {
  changes: readonly Change[];
  /** What still differed after the apply; nothing, when the module is right. */
  remaining: readonly Change[];
  returns: Mapping;
  changed: boolean;
  failed?: string;
}

let session: Promise<Session> | undefined;

/** Ends what a test file left: what is imported stays for the next one. */
export async function ended(): Promise<void> {
  const open = session;
  session = undefined;
  await (await open)?.close();
  rmSync(cache, { recursive: true, force: true });
}

/** A folder of the test file's own, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-module-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a module against the local machine as the engine does. With `check`, nothing is applied. */
export async function runModule(module: Module, given: Mapping, { check = false } = {}): Promise<Ran> {
  const args = resolveArguments(module, given as Value, undefined);
  session ??= connect(HERE);
  const host = await session;
  const outside = controller(check);
  if (module.kind === 'controller') throw new Error('not for this');
  if (module.kind === 'state') {
    const ready = module.prepare ? await module.prepare(outside, args) : args;
    const before = await module.probe(host.reader({}), ready);
    const changes = module.plan(before, ready);
    if (check || changes.length === 0)
      return {
        changes,
        remaining: [],
        returns: module.returns?.(before, ready, changes) ?? {},
        changed: changes.length > 0,
      };
    await module.apply(host.writer({}), changes, ready, outside, before);
    const after = await module.probe(host.reader({}), ready);
    const remaining = module.plan(after, ready).filter((change) => !change.once);
    return { changes, remaining, returns: module.returns?.(after, ready, changes) ?? {}, changed: true };
  }
  const skipped = module.kind === 'action' ? await module.skip?.(host.reader({}), args) : undefined;
  if (skipped !== undefined) return { changes: [], remaining: [], returns: { msg: skipped }, changed: false };
  const outcome =
    module.kind === 'action'
      ? await module.act(host.writer({}), args, outside)
      : await module.ask(host.reader({}), args, outside);
  const failed = outcome.failed === undefined ? {} : { failed: outcome.failed };
  const changed = outcome.changed ?? module.kind === 'action';
  return { changes: [], remaining: [], returns: outcome.returns ?? {}, changed, ...failed };
}

/** Runs it twice: fails the test when something remains, or when the second run still changes. Answers the first run. */
export async function settles(module: Module, given: Mapping): Promise<Ran> {
  const first = await runModule(module, given);
  const second = await runModule(module, given);
  const left = [...first.remaining, ...second.changes];
  if (left.length > 0) throw new Error(`${module.name} does not settle: ${JSON.stringify(left)}`);
  return first;
}

/** The Problem a call ends with. */
export async function problemOf(module: Module, given: Mapping): Promise<Problem> {
  const thrown = await runModule(module, given).catch((error: unknown) => error);
  if (thrown instanceof Problem) return thrown;
  throw new Error(`expected a Problem, not ${JSON.stringify(thrown)}`);
}

function content(bytes: Buffer): Content {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  async function* open(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  return { size: bytes.length, sha256, open, ...(bytes.includes(0) ? {} : { text: bytes.toString('utf8') }) };
}

const never = (): never => {
  throw new Error('not in these tests');
};

/** Only made by a module that keeps something there. */
const cache = join(tmpdir(), `mesh-play-cache-${process.pid}`);

const controller = (check: boolean): Controller => ({
  check,
  verbosity: 0,
  host: 'here',
  cacheFolder: cache,
  facts: {},
  find: async (_kind, path) => {
    await stat(path);
    return resolve(path);
  },
  file: async (path) => content(await readFile(path)),
  text: (text) => content(Buffer.from(text)),
  readVars: never,
  renderFile: never,
  placeOf: () => undefined,
  secret(this: unknown) {
    bound(this);
  },
  progress(this: unknown) {
    bound(this);
  },
  warn(this: unknown) {
    bound(this);
  },
  tell(this: unknown) {
    bound(this);
  },
  ask: async () => undefined,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

/** The engine's controller has private fields: a method of it that is passed on by itself fails. */
function bound(self: unknown): void {
  if (self === undefined) throw new TypeError('a method of the controller was called without it');
}

/** A controller for modules that are called by hand. */
export const controllerFor = (given: Partial<Controller>, check = false): Controller => ({
  ...controller(check),
  ...given,
});
