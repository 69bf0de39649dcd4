import { describe, expect, it } from 'vitest';
import ping from '../../../engine/modules/ping.ts';
import { problemOf, runModule } from '../../support/module.ts';

describe('ping', () => {
  it('answers pong and changes nothing', async () => {
    const { changed, returns } = await runModule(ping, {});
    expect([changed, returns]).toEqual([false, { ping: 'pong' }]);
  });

  it('brings back from the host what it is given', async () => {
    expect((await runModule(ping, { data: "it's $HOME" })).returns.ping).toBe("it's $HOME");
  });

  it('fails when asked to crash', async () => {
    expect((await problemOf(ping, { data: 'crash' })).code).toBe('module-failed');
  });
});
