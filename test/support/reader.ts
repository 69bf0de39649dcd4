import { connect } from '../../engine/connection/connect.ts';
import type { Reader } from '../../engine/connection/connection.ts';
import { HERE } from './here.ts';

/** Reads the local machine as a host is read. */
export async function localReader(): Promise<{ reader: Reader; close: () => Promise<void> }> {
  const session = await connect(HERE);
  return { reader: session.reader({}), close: () => session.close() };
}
