import { expect, it } from 'vitest';
import ping from '../../../engine/modules/ping.ts';
import { runModule } from '../../support/module.ts';

it('ping answers pong, or what it is given', async () => {
  expect((await runModule(ping, {})).returns).toEqual({ ping: 'pong' });
  expect((await runModule(ping, { data: 'here' })).returns).toEqual({ ping: 'here' });
});
