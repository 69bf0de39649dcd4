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
