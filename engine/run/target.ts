import type { Become, Target } from '../connection/connection.ts';
import type { Keywords } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import type { Node } from '../playbook/yaml.ts';
import { Problem } from '../problem.ts';
import { shellWords } from '../quote.ts';
import { readTruth, type Value } from '../value.ts';
import type { Run } from './options.ts';

/** Reads one connection setting: the variable wins over the keyword, the keyword over the command line. */
export class Settings {
  readonly #run: Run;
  readonly #keywords: Keywords;
  /** Keywords are rendered as the task sees variables. */
  readonly #task: TaskScope;
  /** Connection variables are the target host's: another host than the task's when it is delegated. */
  readonly #host: TaskScope;

  constructor(run: Run, keywords: Keywords, task: TaskScope, host: TaskScope) {
    this.#run = run;
    this.#keywords = keywords;
    this.#task = task;
    this.#host = host;
  }

  variable(...names: string[]): Value | undefined {
    for (const name of names) {
      const found = this.#host.lookup(name);
      if (found === undefined || found.value === null) continue;
      return found.template ? this.#run.expressions.render(found.value, this.#host) : found.value;
    }
    return undefined;
  }

  keyword(name: KeywordName): Value | undefined {
    const node = this.#keywords[name];
    return node === undefined ? undefined : this.#run.expressions.renderNode(node, this.#task);
  }

  text(value: Value | undefined): string | undefined {
    return value === undefined || value === null ? undefined : String(value);
  }

  flag(value: Value | undefined): boolean | undefined {
    return value === undefined || value === null ? undefined : truth(value);
  }
}

type KeywordName = {
  [K in keyof Keywords]-?: NonNullable<Keywords[K]> extends Node ? K : never;
}[keyof Keywords];

/** A value that should be a truth value. Nothing is false, also as a template prints it. */
export function truth(value: Value): boolean {
  const read = readTruth(value);
  if (read !== undefined) return read;
  if (typeof value !== 'string') return Boolean(value);
  if (/^(none)?$/i.test(value.trim())) return false;
  throw new Problem({
    code: 'wrong-type',
    what: `"${value}" is neither true nor false`,
    why: 'a keyword or a variable of the connection came to it',
  });
}

/** A value that should be a number. */
export function numberOf(keyword: string, value: Value): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number)) return number;
  throw new Problem({ code: 'wrong-type', what: `${keyword} must be a number, not "${String(value)}"` });
}

/** Which connection a task needs: one that is open already serves every task that needs the same. */
export type Route = Pick<Target, 'host' | 'transport' | 'address' | 'port' | 'user' | 'sshArgs'>;

export function routeOf(host: string, settings: Settings, run: Run): Route {
  const defaults = run.connection;
  const { text, variable, keyword } = bound(settings);
  const connection =
    text(variable('ansible_connection')) ?? text(keyword('connection')) ?? defaults.connection ?? 'ssh';
  const sshArgs = [
    text(variable('ansible_ssh_args')),
    text(variable('ansible_ssh_common_args')),
    text(variable('ansible_ssh_extra_args')),
  ].flatMap((args) => (args ? shellWords(args) : []));
  return {
    host,
    transport: transportOf(connection, sshArgs, host),
    address: text(variable('ansible_ssh_host', 'ansible_host')) ?? host,
    port: portOf(variable('ansible_ssh_port', 'ansible_port') ?? keyword('port') ?? 22),
    user:
      text(variable('ansible_ssh_user', 'ansible_user')) ??
      text(keyword('remoteUser')) ??
      defaults.remoteUser ??
      defaults.localUser,
    sshArgs,
  };
}

function portOf(value: Value): number {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Problem({
    code: 'wrong-type',
    what: `ansible_port must be a number from 1 to 65535, not "${String(value)}"`,
  });
}

/** A connection with all that opening it takes. */
export function targetOf(route: Route, settings: Settings, run: Run): Target {
  const defaults = run.connection;
  const { text, variable } = bound(settings);
  const password = text(variable('ansible_ssh_password', 'ansible_ssh_pass', 'ansible_password')) ?? defaults.password;
  const key = text(variable('ansible_ssh_private_key_file', 'ansible_private_key_file')) ?? defaults.privateKeyFile;
  const passphrase = text(variable('ansible_ssh_private_key_passphrase')) ?? defaults.passphrase;
  const checking = text(variable('ansible_host_key_checking', 'ansible_ssh_host_key_checking'));
  const known = text(variable('ansible_ssh_known_hosts_file'));
  for (const secret of [password, passphrase]) if (secret) run.secrets.add(secret);
  return {
    ...route,
    ...(password === undefined ? {} : { password }),
    ...(key === undefined ? {} : { privateKeyFile: key.replace(/^~(?=\/)/, defaults.homeFolder) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(defaults.agent === undefined ? {} : { agent: defaults.agent }),
    homeFolder: defaults.homeFolder,
    knownHostsFiles: known === undefined ? defaults.knownHostsFiles : [known.replace(/^~(?=\/)/, defaults.homeFolder)],
    hostKeyChecking: checkingOf(checking, route.host) ?? defaults.hostKeyChecking,
    shell: text(variable('ansible_shell_executable')) ?? '/bin/sh',
    connectTimeoutMs:
      1000 *
      numberOf(
        'ansible_timeout',
        variable('ansible_ssh_timeout', 'ansible_timeout') ?? defaults.connectTimeoutMs / 1000,
      ),
  };
}

function transportOf(connection: string, sshArgs: string[], host: string): Target['transport'] {
  const name = connection.replace(/^ansible\.builtin\./, '');
  if (name === 'local' || name === 'openssh') return name;
  // ssh2 reads no OpenSSH options, so a host that needs them is reached by OpenSSH itself.
  if (name === 'ssh' || name === 'smart' || name === 'ssh2') return sshArgs.length > 0 ? 'openssh' : 'ssh';
  throw new Problem({
    code: 'unknown-connection',
    what: `"${connection}" is not a connection mesh-play has, asked for by host "${host}"`,
    mend: 'use ssh, openssh or local',
  });
}

function checkingOf(value: string | undefined, host: string): Target['hostKeyChecking'] | undefined {
  if (value === undefined) return undefined;
  if (value === 'accept-new') return 'accept-new';
  if (readTruth(value) === true) return 'yes';
  throw new Problem({
    code: 'host-key-checking-off',
    what: `ansible_host_key_checking of host "${host}" is "${value}"; host keys are always checked`,
    mend: 'use accept-new to trust a host the first time it is seen',
  });
}

/** As whom to run, or undefined for the connection's user. */
export function becomeOf(settings: Settings, run: Run): Become | undefined {
  const defaults = run.connection;
  const { text, variable, keyword, flag } = bound(settings);
  const wanted = flag(variable('ansible_become')) ?? flag(keyword('become')) ?? defaults.become;
  if (!wanted) return undefined;
  const method =
    text(variable('ansible_become_method')) ?? text(keyword('becomeMethod')) ?? defaults.becomeMethod ?? 'sudo';
  if (method !== 'sudo' && method !== 'su') {
    throw new Problem({
      code: 'unknown-become-method',
      what: `become_method "${method}" is not supported yet`,
      mend: 'use sudo or su',
    });
  }
  const user = text(variable('ansible_become_user')) ?? text(keyword('becomeUser')) ?? defaults.becomeUser ?? 'root';
  const password =
    text(
      variable(
        `ansible_${method}_pass`,
        `ansible_${method}_password`,
        'ansible_become_password',
        'ansible_become_pass',
      ),
    ) ?? defaults.becomePassword;
  if (password) run.secrets.add(password);
  const flags = text(variable('ansible_become_flags')) ?? text(keyword('becomeFlags'));
  const exe = text(variable('ansible_become_exe')) ?? text(keyword('becomeExe'));
  return {
    method,
    user,
    ...(password === undefined ? {} : { password }),
    flags: flags ? shellWords(flags) : [],
    ...(exe === undefined ? {} : { exe }),
  };
}

function bound(settings: Settings) {
  return {
    text: settings.text.bind(settings),
    flag: settings.flag.bind(settings),
    variable: settings.variable.bind(settings),
    keyword: settings.keyword.bind(settings),
  };
}
