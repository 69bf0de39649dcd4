import type { Target } from '../../engine/connection/connection.ts';

/** The local machine, as a host is reached. */
export const HERE: Target = {
  host: 'here',
  transport: 'local',
  address: 'localhost',
  port: 22,
  user: 'root',
  homeFolder: '/nonexistent',
  knownHostsFiles: [],
  hostKeyChecking: 'yes',
  sshArgs: [],
  shell: '/bin/sh',
  connectTimeoutMs: 1000,
};

/** A host that is reached by SSH at a port of this machine. */
export const farAt = (port: number, more: Partial<Target> = {}): Target => ({
  ...HERE,
  host: 'far',
  transport: 'ssh',
  address: '127.0.0.1',
  port,
  connectTimeoutMs: 10_000,
  ...more,
});
