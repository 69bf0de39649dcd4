import type { Target } from '../connection/connection.ts';
import type { Connect } from '../connection/session.ts';
import type { Events } from '../event.ts';
import type { Inventory } from '../inventory/host.ts';
import type { Expressions } from '../playbook/expression.ts';
import type { Loader } from '../playbook/model.ts';
import type { Registry } from '../registry.ts';
import type { Secrets } from '../secrets.ts';
import type { Mapping } from '../value.ts';
import type { StartAt } from './startat.ts';

/** What the command line says about connecting; inventory variables and keywords win over all of it. */
export interface ConnectionDefaults
  extends Pick<
    Target,
    | 'password'
    | 'privateKeyFile'
    | 'passphrase'
    | 'agent'
    | 'homeFolder'
    | 'knownHostsFiles'
    | 'hostKeyChecking'
    | 'connectTimeoutMs'
  > {
  /** The controller's own user, used when nothing names a remote user. */
  localUser: string;
  remoteUser?: string;
  connection?: string;
  become: boolean;
  becomeUser?: string;
  becomeMethod?: string;
  becomePassword?: string;
}

/** One invocation of mesh-play, everything it needs wired in. */
export interface Run {
  inventory: Inventory;
  inventorySources: string[];
  loader: Loader;
  expressions: Expressions;
  registry: Registry;
  connect: Connect;
  events: Events;
  secrets: Secrets;
  check: boolean;
  diff: boolean;
  verbosity: number;
  /** How many hosts work at once; Infinity for all. */
  forks: number;
  /** --force-handlers, for plays that do not say force_handlers themselves. */
  forceHandlers: boolean;
  tags: readonly string[];
  skipTags: readonly string[];
  limit?: string;
  startAt?: StartAt;
  extraVars: Mapping;
  connection: ConnectionDefaults;
  cacheFolder: string;
  /** What a vaulted text holds; throws a Problem when no password opens it. */
  unvault: (text: string) => Buffer;
  /** Reads a variables file with positions; undefined when it is empty. Throws Problems. */
  readVars: (file: string) => Mapping;
  signal: AbortSignal;
  /** Asks at the terminal; absent where there is none. */
  ask?: (question: string, hidden: boolean) => Promise<string>;
}
