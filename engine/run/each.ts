import PQueue from 'p-queue';
import type { RunHost } from './host.ts';

/** Runs `work` for each host, at most `limit` at once, and waits for all: the task barrier of the linear strategy. */
export async function onEach(
  hosts: readonly RunHost[],
  limit: number,
  work: (host: RunHost) => Promise<void>,
): Promise<void> {
  if (hosts.length === 1 || limit >= hosts.length) {
    await Promise.all(hosts.map(work));
    return;
  }
  const queue = new PQueue({ concurrency: limit });
  await queue.addAll(hosts.map((host) => () => work(host)));
}
