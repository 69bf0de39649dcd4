import type { Readable, Writable } from 'node:stream';
import type { Stat } from '../stat.ts';

export type { Stat };

/** How to reach one host. Built by the engine from inventory variables and options; carries no defaults of its own. */
export interface Target {
  /** Inventory name, for messages. */
  host: string;
  transport: 'ssh' | 'openssh' | 'local';
  address: string;
  port: number;
  user: string;
  password?: string;
  privateKeyFile?: string;
  passphrase?: string;
  /** ssh-agent's socket. */
  agent?: string;
  /** The user's home on the controller: where OpenSSH's default keys are looked for. */
  homeFolder: string;
  /** Files in the order they are searched; the first is where `accept-new` writes. */
  knownHostsFiles: string[];
  /** Never off: a host key is known, or is accepted once and remembered. */
  hostKeyChecking: 'yes' | 'accept-new';
  /** Further arguments for OpenSSH's own ssh (ansible_ssh_common_args and _extra_args), already split. */
  sshArgs: string[];
  /** Where sh is, when not at /bin/sh (ansible_shell_executable). */
  shell: string;
  connectTimeoutMs: number;
}

/** Become another user on a host. */
export interface Become {
  method: 'sudo' | 'su';
  user: string;
  password?: string;
  /** Further arguments to sudo or su, already split. */
  flags: string[];
  /** The program, when not `sudo` or `su`. */
  exe?: string;
}

/** What a program answered. */
export interface Output {
  status: number;
  stdout: string;
  stderr: string;
  /** stdout as it came, for content that is not text. */
  bytes: Buffer;
}

export interface QueryOptions {
  /** Sent on standard input; secrets go here and never in argv. Empty when absent. */
  stdin?: string | Uint8Array;
  /** Exit statuses that are answers and not errors. Default: only 0. `any` accepts all. */
  ok?: readonly number[] | 'any';
  cwd?: string;
  environment?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  /** It may wait for others: what further hosts delegate to this one does not wait for it, as it does not for a change. */
  waits?: boolean;
  /** The limit of which that is what is left; what messages name. */
  limitMs?: number;
  /** What a script is called in messages. Default: its first line. */
  name?: string;
}

/**
 * A question that one run of a script answers for many. The script's parameters are those of several requests, `width`
 * each; for each in its order it prints the answer and calls `answer` with a status. Where it cannot answer for all it
 * ends with a status before, and each request is asked alone: what it answers then is the answer.
 */
export interface Survey {
  /** POSIX sh that only reads. */
  script: string;
  width: number;
}

/** A host that can be read. Reads that are asked for in the same turn travel in one round trip. */
export interface Reader {
  /** Inventory name. */
  readonly host: string;
  /** Runs a program that only reads. Rejects with a Problem (`command-failed`) when the status is not in `ok`. */
  query(argv: readonly string[], options?: QueryOptions): Promise<Output>;
  /** Runs a POSIX sh script that only reads; `$1` and on are `args`. */
  script(text: string, args?: readonly string[], options?: QueryOptions): Promise<Output>;
  /** Asks a survey; requests of one survey that wait at the same time are answered together. */
  survey(survey: Survey, args: readonly string[], options?: QueryOptions): Promise<Output>;
  /** What is at a path (a link itself is not followed unless `follow`), or undefined when nothing is. */
  stat(path: string, options?: { follow?: boolean; sha256?: boolean }): Promise<Stat | undefined>;
  /** A file's content, or undefined when there is no such file. */
  readFile(path: string): Promise<Buffer | undefined>;
}

/** Something to be written to a host: known size and hash, read when needed. */
export interface Content {
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
  open(): AsyncIterable<Uint8Array>;
  /** The text, when it is small enough and is text: used for diffs. */
  text?: string;
  /** All of it, where it is in no file: what was vaulted. */
  bytes?: Buffer;
  /** The same as gzip(1) packs it; asked for when it goes to a host that is not this machine and has gzip. */
  packed?(): Promise<Content>;
}

export interface WriteOptions {
  owner?: string;
  group?: string;
  /** Octal digits. A new file gets 0644 less umask when absent; an existing one keeps what it has. */
  mode?: string;
  /** A copy of the old file is kept under this name. */
  backup?: string;
  /** Runs on the temporary file before the rename; `%s` in an argument is its path. A failure leaves the old file. */
  validate?: readonly string[];
  /** A link at the path makes way for the file; otherwise the file that it leads to is written. */
  replaceLink?: boolean;
}

/** A host that can be changed. Never handed out in check mode. */
export interface Writer extends Reader {
  /** Runs a program that changes the host. */
  run(argv: readonly string[], options?: QueryOptions): Promise<Output>;
  /** Runs a POSIX sh script that changes the host; `$1` and on are `args`. */
  runScript(text: string, args?: readonly string[], options?: QueryOptions): Promise<Output>;
  /** Puts content at a path: temporary name in the same folder, owner and mode, fsync, rename. */
  write(path: string, content: Content, options?: WriteOptions): Promise<void>;
}

/** A program started at the far end: three streams and an end. */
export interface Channel {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Resolves when the program has ended or the connection is gone. */
  readonly closed: Promise<{ status: number | undefined; reason: string }>;
  /** Sends and hears nothing more; what the far end left running goes on. */
  release(): void;
  /** Drops the channel at once. */
  destroy(): void;
}

/** One connection to one host. Every shell, and nothing else, is opened over it. */
export interface Transport {
  /** Starts a command line through the login shell of the connection's user. */
  open(command: string): Promise<Channel>;
  /** Resolves with the reason when the connection is lost or closed. */
  readonly closed: Promise<string>;
  close(): Promise<void>;
}
