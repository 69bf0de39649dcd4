import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

const MODULE = `import { defineQuery } from 'mesh-play';
export default defineQuery<Record<string, never>>({
  name: 'say_on', description: 'Says on.', schema: { type: 'object', additionalProperties: false, properties: {} },
  ask: async () => ({ returns: { msg: 'on' } }),
});
`;
const FILES = {
  'site.yml': '[{hosts: all, gather_facts: false, roles: [talker]}]',
  'roles/talker/modules/say_on.ts': MODULE,
  'roles/talker/tasks/main.yml': '- {say_on: {}, register: said}\n- {debug: {msg: "it says {{ said.msg }}"}}\n',
};

describe('the engine as it was built', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-play-start-'));
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('loads what a role brings', () => {
    const args = [join(ROOT, 'bin/mesh-play.js'), join(folder, 'site.yml'), '-i', 'localhost,', '-c', 'local'];
    const cache = join(folder, 'cache');
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect([status, stderr, stdout]).toEqual([0, '', expect.stringContaining('it says on')]);
    const compiled = readdirSync(join(cache, 'mesh-play/role-modules'));
    expect(compiled.filter((file) => file.includes('say_on'))).toHaveLength(1);
  });

  it('has a code cache that this Node takes', () => {
    const filename = join(ROOT, 'dist/cli.cjs');
    const cachedData = readFileSync(join(ROOT, 'dist/cli.cache'));
    const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
    expect(script.cachedDataRejected).toBe(false);
  });
});
