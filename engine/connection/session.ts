import type { Become, Reader, Target, Writer } from './connection.ts';

/** As whom and how commands of one task run on a host. */
export interface As {
  become?: Become;
  /** The host whose task it is; several may delegate theirs to one. */
  by?: string;
  environment?: Readonly<Record<string, string>>;
  /** Limit for all that is done; none when absent. */
  timeoutMs?: number;
  /** When the limit began, by `performance.now`; with each command where absent. */
  since?: number;
}

/** Told how far a long transfer is. */
export type Progress = (label: string, done: number, total: number) => void;

/** One host for the whole run: one connection, one long-lived `sh` for each user commands run as. */
export interface Session {
  reader(as: As): Reader;
  writer(as: As, progress?: Progress): Writer;
  /** The connection is gone; another may be opened. */
  readonly lost: boolean;
  /** Whether a shell for that user is open, or being opened. */
  serves(as: As): boolean;
  /** Ends the process groups of what is running now; resolves when they are gone, within two seconds. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the connection. Rejects with a Problem whose code `isUnreachable` knows. */
export type Connect = (target: Target, signal?: AbortSignal) => Promise<Session>;
