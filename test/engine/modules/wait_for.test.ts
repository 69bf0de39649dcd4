import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import waitFor from '../../../engine/modules/wait_for.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, type Ran, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const path = join(folder, 'file');

/** One look only. */
const look = (given: Mapping): Promise<Ran> => runModule(waitFor, { timeout: 0, sleep: 0, ...given });

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describe('wait_for', () => {
  it('knows an open port from a closed one', async () => {
    const { server, port } = await listening();
    const open = await look({ port });
    expect([open.failed, open.changed, open.returns.state]).toEqual([undefined, false, 'started']);
    expect((await look({ port, state: 'stopped' })).failed).toBe(`127.0.0.1:${port} did not close within 0 s`);
    await new Promise((resolve) => server.close(resolve));
    expect((await look({ port })).failed).toBe(`127.0.0.1:${port} did not open within 0 s`);
    expect((await look({ port, state: 'stopped' })).failed).toBeUndefined();
  });

  it('knows whether a file is there', async () => {
    writeFileSync(path, '');
    expect((await look({ path })).failed).toBeUndefined();
    expect((await look({ path, state: 'absent' })).failed).toContain('was not gone');
    rmSync(path);
    expect((await look({ path, state: 'present' })).failed).toContain('was not there');
    expect((await look({ path, state: 'absent' })).failed).toBeUndefined();
  });

  it('looks for a text at the beginning of any line', async () => {
    writeFileSync(path, 'starting\nready: 3\n');
    expect((await look({ path, search_regex: '^ready: \\d+$' })).failed).toBeUndefined();
    expect((await look({ path, search_regex: '^failed' })).failed).toBe(
      `"^failed" was not found in ${path} within 0 s`,
    );
    expect((await look({ path, search_regex: '^failed', state: 'absent' })).failed).toBeUndefined();
  });

  it('answers what it found, with the groups of the expression', async () => {
    writeFileSync(path, 'ready: 3\n');
    const { returns } = await look({ path, search_regex: '(?P<what>ready): (\\d)' });
    expect(returns).toMatchObject({ path, state: 'file', size: 9, match_groups: ['ready', '3'] });
    expect(returns.match_groupdict).toEqual({ what: 'ready' });
  });

  it('looks for a text in what the server on a port says first', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { returns, failed } = await look({ port, search_regex: '^SSH-(\\S+)-' });
    expect([failed, returns.match_groups]).toEqual([undefined, ['2.0']]);
    expect((await look({ port, search_regex: 'nginx' })).failed).toBe(
      `"nginx" was not found in what 127.0.0.1:${port} says within 0 s`,
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it('goes on looking until it is there', async () => {
    const late = join(folder, 'late');
    const waiting = runModule(waitFor, { path: late, sleep: 0 });
    await look({ path: late });
    writeFileSync(late, '');
    expect((await waiting).failed).toBeUndefined();
  });

  it('says what it was told to say when the time is over', async () => {
    expect((await look({ path: join(folder, 'never'), msg: 'no luck' })).failed).toBe('no luck');
  });

  it('waits for a port or a file, not for both', async () => {
    expect((await problemOf(waitFor, { path, port: 1 })).what).toContain('port');
  });
});
