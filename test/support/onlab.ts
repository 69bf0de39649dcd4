import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';
import { ended, LAB, labGone, labUp, play } from './lab.ts';

/** What a file with tests leaves on a lab for the next one, when all of its tests passed. */
type Left = 'hosts' | 'network' | 'mesh';

/** Says what the last file left. */
const LEFT = join(LAB, 'left');

/** Takes the lab away, with all of it. */
async function away(): Promise<void> {
  expect(ended(await labGone())).toBe('as it should');
  expect(existsSync(LAB)).toBe(false);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(`${LAB}/`);
}

/** Whether the last file left this; it is not there for the next one if this one fails. */
function takeLeft(what: Left): boolean {
  const there = existsSync(LEFT) && readFileSync(LEFT, 'utf8') === what;
  if (there) rmSync(LEFT);
  return there;
}

/** Three real hosts that nothing was done to. */
async function hosts(): Promise<void> {
  if (takeLeft('hosts')) return;
  await away();
  expect(ended(await labUp())).toBe('as it should');
}

/** Of a mesh that is there site.yml mends what tests did to it. */
async function mesh(): Promise<void> {
  if (!takeLeft('mesh')) await hosts();
  expect(ended(await play('site'))).toBe('as it should');
}

/** `find` brings what the tests find on the lab. */
function onLab(title: string, find: () => Promise<void>, leave: Left | 'nothing', tests: () => void): void {
  const why = inject('whyNoLab') ?? undefined;
  describe.skipIf(why !== undefined)(`${title}${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
    let sound = false;
    beforeAll(async () => {
      await find();
      sound = true;
    });
    afterEach(({ task }) => {
      sound &&= task.result?.state === 'pass';
    });
    // Hooks of the end run from the last to the first, so this one is after those of the tests.
    afterAll(async () => {
      if (leave !== 'nothing' && sound) writeFileSync(LEFT, leave);
      else await away();
    });
    tests();
  });
}

/** Tests that make a lab of their own. */
export const onNoLab = (title: string, tests: () => void): void => onLab(title, away, 'nothing', tests);

/** Tests on three real hosts that nothing was done to. */
export const onHosts = (title: string, tests: () => void): void => onLab(title, hosts, 'nothing', tests);

/** Tests on three real hosts that nothing was done to, which they leave so. */
export const leavingHosts = (title: string, tests: () => void): void => onLab(title, hosts, 'hosts', tests);

/** Tests that bring up etcd and Cilium on three real hosts that nothing was done to. */
export const fromHostsToNetwork = (title: string, tests: () => void): void => onLab(title, hosts, 'network', tests);

/** Tests on what those left; where nothing was left, `bring` does it on hosts that nothing was done to. */
export const onNetwork = (title: string, bring: () => Promise<void>, tests: () => void): void =>
  onLab(
    title,
    async () => {
      if (takeLeft('network')) return;
      await hosts();
      await bring();
    },
    'nothing',
    tests,
  );

/** Tests on three real hosts with the whole mesh, which they leave as site.yml can mend it. */
export const onMesh = (title: string, tests: () => void): void => onLab(title, mesh, 'mesh', tests);

/** Tests that bring up the whole mesh on three real hosts that nothing was done to. */
export const fromHostsToMesh = (title: string, tests: () => void): void => onLab(title, hosts, 'mesh', tests);
