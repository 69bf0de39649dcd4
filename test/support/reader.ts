import { connect } from '../../engine/connection/connect.ts';
import type { Reader } from '../../engine/connection/connection.ts';

/** Reads the local machine as a host is read. */
export async function localReader(): Promise<{ reader: Reader; close: () => Promise<void> }> {
  const session = await connect({
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
  });
  return { reader: session.reader({}), close: () => session.close() };
}
