import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/** What a process gives its program; everything that reads it gets it from here. */
export interface Process {
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Standard input is a terminal: there is somebody to ask. */
  attended: boolean;
  stdin: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
  stderr: NodeJS.WritableStream;
  signal: AbortSignal;
  /** Ends the run in order: a terminal that is asked on sends no signal for Ctrl-C. */
  interrupt?(): void;
}

/** Ansible's exit codes. */
export const EXIT = { fine: 0, failed: 2, unreachable: 4, unreadable: 4, badOptions: 5, interrupted: 99 } as const;

export const homeOf = ({ environment }: Process): string => environment['HOME'] ?? homedir();

/** Where what can be made again is kept between runs. */
export const cacheFolder = (process: Process): string =>
  join(process.environment['XDG_CACHE_HOME'] ?? join(homeOf(process), '.cache'), 'mesh-play');
