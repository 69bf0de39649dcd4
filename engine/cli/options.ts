import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

/** What a run's options say, before anything is read. Names are Ansible's. */
export interface PlayOptions {
  inventory: string[];
  limit?: string;
  tags: string[];
  skipTags: string[];
  extraVars: string[];
  check: boolean;
  diff: boolean;
  forks?: number;
  become: boolean;
  becomeUser?: string;
  becomeMethod?: string;
  user?: string;
  connection?: string;
  askPass: boolean;
  askBecomePass: boolean;
  privateKey?: string;
  timeout?: number;
  hostKeyChecking: 'yes' | 'accept-new';
  vaultPasswordFile: string[];
  vaultId: string[];
  askVaultPass: boolean;
  forceHandlers: boolean;
  startAtTask?: string;
  listHosts: boolean;
  listTasks: boolean;
  listTags: boolean;
  syntaxCheck: boolean;
  report: string[];
  verbose: number;
}

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];
const collectTags = (value: string, previous: string[] = []): string[] => [
  ...previous,
  ...value.split(',').map((tag) => tag.trim()),
];

function positive(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) < 1) throw new InvalidArgumentError('it must be a whole number above 0.');
  return Number(value);
}

/** The options of inventory and connection that plays and `inventory` share. */
export function inventoryOptions(command: Command): Command {
  return command
    .option(
      '-i, --inventory <path or hosts,>',
      'inventory file, folder, or host names each followed by a comma',
      collect,
      [],
    )
    .option('-l, --limit <pattern>', 'only these of the hosts')
    .option('-e, --extra-vars <vars>', 'variables: key=value, JSON, YAML, or @file', collect, [])
    .option('--vault-password-file <file>', 'file with the password of vaulted values', collect, [])
    .option('--vault-id <id>', 'file with a password, or prompt; a label and @ may go before it', collect, [])
    .option('--ask-vault-pass', 'ask for the password of vaulted values', false);
}

/** The options of a run. */
export function playOptions(command: Command): Command {
  return inventoryOptions(command)
    .option('-t, --tags <tags>', 'only tasks with these tags', collectTags, [])
    .option('--skip-tags <tags>', 'no tasks with these tags', collectTags, [])
    .option('-C, --check', 'dry run: say what would change and change nothing', false)
    .option('-D, --diff', 'show what changes inside files', false)
    .option('-f, --forks <number>', 'how many hosts work at once (default: all)', positive)
    .option('-b, --become', 'become another user', false)
    .option('--become-user <user>', 'the user to become (default: root)')
    .addOption(new Option('--become-method <method>', 'how to become it').choices(['sudo', 'su']))
    .option('-u, --user <user>', 'user to connect as')
    .addOption(new Option('-c, --connection <type>', 'how to connect').choices(['ssh', 'openssh', 'local']))
    .option('-k, --ask-pass', 'ask for the connection password', false)
    .option('-K, --ask-become-pass', 'ask for the become password', false)
    .option('--private-key <file>', 'private key to connect with')
    .option('-T, --timeout <seconds>', 'how long to wait for a connection (default: 10)', positive)
    .addOption(
      new Option('--host-key-checking <how>', 'unknown host keys: refuse, or accept and remember')
        .choices(['yes', 'accept-new'])
        .default('yes'),
    )
    .option('--start-at-task <name>', 'leave out what comes before the task of this name')
    .option('--force-handlers', 'run notified handlers also on hosts that failed', false)
    .option('--list-hosts', 'list the hosts and do nothing', false)
    .option('--list-tasks', 'list the tasks and do nothing', false)
    .option('--list-tags', 'list the tags and do nothing', false)
    .option('--syntax-check', 'check every file and do nothing', false)
    .option('--report <kind>', 'tree, lines, json, or junit=FILE; may be given again', collect, [])
    .option('-v, --verbose', 'say more; up to -vvvv', (_: string, previous: number) => previous + 1, 0);
}

/** Options of the `inventory` subcommand. */
export type InventoryOptions = Pick<
  PlayOptions,
  'inventory' | 'limit' | 'extraVars' | 'vaultPasswordFile' | 'vaultId' | 'askVaultPass'
> & { playbookDir?: string };

/** What the command line asks for. */
export type Asked =
  | { do: 'play'; playbooks: string[]; options: PlayOptions }
  | { do: 'doc'; modules: string[] }
  | { do: 'schema' }
  | { do: 'inventory'; show: 'list' | 'graph' | 'host'; host?: string; options: InventoryOptions }
  | { do: 'test'; roles: string[] }
  | { do: 'init-role'; name: string; path: string };

/** Bad use of the command line; `status` 0 means that help or the version was asked for and has been printed. */
export class Usage extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Reads the arguments. Throws Usage; what help prints goes to `write`. */
export function readArguments(argv: readonly string[], version: string, write: (text: string) => void): Asked {
  let asked: Asked | undefined;
  const program = playOptions(new Command('mesh-play'))
    .description('Run Ansible playbooks over one fast connection a host.')
    .argument('[playbooks...]', 'playbooks to run, in order')
    .version(version)
    .exitOverride()
    // Else the options of a run that a subcommand has too, as inventory has -i, are taken from it.
    .enablePositionalOptions()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .action((playbooks: string[], options: PlayOptions) => {
      if (playbooks.length === 0)
        throw new Usage('name at least one playbook, as in: mesh-play playbooks/site.yml -i inventories/prod', 5);
      asked = { do: 'play', playbooks, options };
    });
  const inherit = (command: Command): Command =>
    command.exitOverride().configureOutput({ writeOut: write, writeErr: () => undefined });
  inherit(program.command('doc'))
    .description("print modules' manuals, or the list of modules")
    .argument('[modules...]')
    .action((modules: string[]) => {
      asked = { do: 'doc', modules };
    });
  inherit(program.command('schema'))
    .description('print a JSON Schema of playbooks for editors')
    .action(() => {
      asked = { do: 'schema' };
    });
  inventoryCommand(inherit(program.command('inventory')), (found) => {
    asked = found;
  });
  inherit(program.command('test'))
    .description('run the tests that roles have')
    .argument('<roles...>', 'folders of roles')
    .action((roles: string[]) => {
      asked = { do: 'test', roles };
    });
  const init = inherit(program.command('init'))
    .description('start something new')
    .action(() => {
      throw new Usage('name what to start, as in: mesh-play init role my-product', 5);
    });
  inherit(init.command('role'))
    .description('a role with one TypeScript module and its test')
    .argument('<name>')
    .option('--path <folder>', 'where roles are', 'roles')
    .action((name: string, { path }: { path: string }) => {
      asked = { do: 'init-role', name, path };
    });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) throw new Usage(oneLine(thrown.message), thrown.exitCode === 0 ? 0 : 5);
    throw thrown;
  }
  if (!asked) throw new Usage('nothing to do; see mesh-play --help', 5);
  return asked;
}

function inventoryCommand(command: Command, found: (asked: Asked) => void): void {
  inventoryOptions(command)
    .description('show hosts, groups and where each variable comes from')
    .option('--list', 'all hosts and their variables as JSON', false)
    .option('--graph', 'groups as a tree', false)
    .option('--host <name>', "one host's variables, each with its file and line")
    .option('--playbook-dir <folder>', 'also read group_vars and host_vars beside this playbook folder')
    .action((options) => {
      const asked = [options.list && 'list', options.graph && 'graph', options.host && 'host'].filter(Boolean);
      if (asked.length !== 1) throw new Usage('inventory: give one of --list, --graph, --host NAME', 5);
      found({ do: 'inventory', show: asked[0], ...(options.host ? { host: options.host } : {}), options });
    });
}

/** Commander's message as one line: what, and what to do. */
function oneLine(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\s*\n\(?/g, '; ')
    .replace(/\)$/, '')
    .replace(/\.$/, '');
  return /\?$/.test(text) ? text : `${text}; see mesh-play --help`;
}
