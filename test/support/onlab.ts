import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';
import { ended, LAB, labGone, labUp, play } from './lab.ts';

/** There while the lab has the whole mesh, as the last file with tests left it. */
const WHOLE = join(LAB, 'whole');

/** What tests find on a lab, and what they leave for the next file when all of them passed. */
interface Ends {
  find: 'nothing' | 'hosts' | 'mesh';
  leave: 'nothing' | 'mesh';
}

/** Takes the lab away, with all of it. */
async function away(): Promise<void> {
  expect(ended(await labGone())).toBe('as it should');
  expect(existsSync(LAB)).toBe(false);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(`${LAB}/`);
}

const bring: Record<Ends['find'], () => Promise<void>> = {
  nothing: away,
  hosts: async () => {
    await away();
    expect(ended(await labUp())).toBe('as it should');
  },
  mesh: async () => {
    // Of a mesh that is there site.yml mends what tests did to it; it is not there for the next file if this one fails.
    const there = existsSync(WHOLE);
    rmSync(WHOLE, { force: true });
    if (!there) await bring.hosts();
    expect(ended(await play('site'))).toBe('as it should');
  },
};

function onLab(title: string, { find, leave }: Ends, tests: () => void): void {
  const why = inject('whyNoLab') ?? undefined;
  describe.skipIf(why !== undefined)(`${title}${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
    let sound = false;
    beforeAll(async () => {
      await bring[find]();
      sound = true;
    });
    afterEach(({ task }) => {
      sound &&= task.result?.state === 'pass';
    });
    // Hooks of the end run from the last to the first, so this one is after those of the tests.
    afterAll(async () => {
      if (leave === 'mesh' && sound) writeFileSync(WHOLE, '');
      else await away();
    });
    tests();
  });
}

/** Tests that make a lab of their own. */
export const onNoLab = (title: string, tests: () => void): void =>
  onLab(title, { find: 'nothing', leave: 'nothing' }, tests);

/** Tests on three real hosts that nothing was done to. */
export const onHosts = (title: string, tests: () => void): void =>
  onLab(title, { find: 'hosts', leave: 'nothing' }, tests);

/** Tests on three real hosts with the whole mesh, which they leave as site.yml can mend it. */
export const onMesh = (title: string, tests: () => void): void => onLab(title, { find: 'mesh', leave: 'mesh' }, tests);

/** Tests that bring up the whole mesh on three real hosts that nothing was done to. */
export const fromHostsToMesh = (title: string, tests: () => void): void =>
  onLab(title, { find: 'hosts', leave: 'mesh' }, tests);
