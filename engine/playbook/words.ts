import { LOOKUPS } from './template/lookups.ts';

/** Which keywords each object of the language takes. One table; the loader refuses everything else by name. */

const INHERITED = [
  'become',
  'become_user',
  'become_method',
  'become_flags',
  'become_exe',
  'remote_user',
  'port',
  'connection',
  'timeout',
  'environment',
  'vars',
  'tags',
  'any_errors_fatal',
  'ignore_errors',
  'ignore_unreachable',
  'no_log',
  'check_mode',
  'diff',
  'run_once',
  'throttle',
  'module_defaults',
] as const;

/** Each lookup is a loop too. */
const LOOPS = Object.keys(LOOKUPS).map((name) => `with_${name}`);

const LATER = ['collections', 'debugger'];

/** Keywords mesh-play has, and those of Ansible that it refuses by name until it has them. */
export const WORDS = {
  play: {
    has: [
      ...INHERITED,
      'name',
      'hosts',
      'gather_facts',
      'gather_subset',
      'vars_files',
      'vars_prompt',
      'roles',
      'pre_tasks',
      'tasks',
      'post_tasks',
      'handlers',
      'serial',
      'max_fail_percentage',
      'force_handlers',
      'order',
      'strategy',
    ],
    later: [...LATER, 'fact_path', 'gather_timeout', 'validate_argspec'],
  },
  task: {
    has: [
      ...INHERITED,
      'name',
      'args',
      'when',
      'register',
      'loop',
      ...LOOPS,
      'loop_control',
      'until',
      'retries',
      'delay',
      'changed_when',
      'failed_when',
      'notify',
      'delegate_to',
      'delegate_facts',
    ],
    later: [...LATER, 'async', 'poll', 'loop_with'],
  },
  block: {
    has: [...INHERITED, 'name', 'block', 'rescue', 'always', 'when', 'notify', 'delegate_to', 'delegate_facts'],
    later: LATER,
  },
  /** include_tasks and include_role: what Ansible takes there; the rest goes under `apply`. */
  include: {
    has: [
      'name',
      'args',
      'when',
      'loop',
      ...LOOPS,
      'loop_control',
      'register',
      'run_once',
      'tags',
      'vars',
      'timeout',
      'ignore_errors',
      'no_log',
    ],
    later: ['collections', 'debugger'],
  },
  /** import_tasks and import_role: what the tasks they bring take over. */
  import: {
    has: [...INHERITED, 'name', 'args', 'when', 'delegate_to', 'delegate_facts'],
    later: LATER,
  },
  role: {
    has: [...INHERITED, 'role', 'name', 'when', 'delegate_to', 'delegate_facts', 'allow_duplicates'],
    later: LATER,
  },
} as const;

/** Keywords that are true or false. */
export const FLAGS: readonly string[] = [
  'become',
  'delegate_facts',
  'run_once',
  'ignore_errors',
  'ignore_unreachable',
  'any_errors_fatal',
  'no_log',
  'check_mode',
  'diff',
  'gather_facts',
  'force_handlers',
  'allow_duplicates',
];

/** Keywords that are whole numbers. */
export const INTEGERS: readonly string[] = ['port', 'timeout', 'throttle', 'retries'];

/** Options of include_role and import_role. */
export const ROLE_OPTIONS = [
  'name',
  'role',
  'tasks_from',
  'vars_from',
  'defaults_from',
  'handlers_from',
  'public',
  'allow_duplicates',
  'rolespec_validate',
];

/** What a meta task may say. */
export const META = [
  'flush_handlers',
  'end_play',
  'end_batch',
  'end_role',
  'end_host',
  'clear_facts',
  'clear_host_errors',
  'noop',
  'reset_connection',
] as const;
export const META_LATER = ['refresh_inventory'];

/** Actions that are the language's own and no modules. */
export const INCLUDES = [
  'include_tasks',
  'import_tasks',
  'include_role',
  'import_role',
  'import_playbook',
  'meta',
] as const;

/** What Ansible calls modules of ours too. */
export const MODULE_ALIASES: Readonly<Record<string, string>> = {
  systemd_service: 'systemd',
  'ansible.posix.sysctl': 'sysctl',
};

/** A module's name without the collections that are Ansible's own, and by the one name we have for it. */
export function shortName(name: string): string {
  const bare = name.replace(/^ansible\.(builtin|legacy)\./, '');
  return MODULE_ALIASES[bare] ?? bare;
}

/** What keywords of years ago are called now. */
const RENAMED: Readonly<Record<string, string>> = {
  sudo: 'become',
  su: 'become',
  sudo_user: 'become_user',
  su_user: 'become_user',
  user: 'remote_user',
  only_if: 'when',
};

/** What somebody may have meant by a keyword that there is not. */
export function meant(name: string, near: string | undefined): string | undefined {
  const now = RENAMED[name];
  return now === undefined ? near && `did you mean "${near}"?` : `it is called ${now} now`;
}
