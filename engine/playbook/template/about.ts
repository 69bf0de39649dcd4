import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { strftimeOf } from './time.ts';

/** What a template file is told of itself, by name; worked out when it is asked for. */
export type About = Readonly<Record<string, () => unknown>>;

/** The variables that Ansible gives a template file. `written` is its name as the task has it. */
export const aboutTemplate = (file: string, written: unknown, dest: unknown): About => ({
  template_path: () => written ?? file,
  template_fullpath: () => file,
  template_destpath: () => dest ?? null,
  template_host: hostname,
  template_uid: () => ownerOf(file),
  template_mtime: () => strftimeOf(statSync(file).mtime, TIME),
  template_run_date: () => strftimeOf(new Date(), TIME),
});

/** What stands for a variable of that name which nobody set. */
export const MANAGED: Readonly<Record<string, string>> = { ansible_managed: 'Ansible managed' };

const TIME = '%Y-%m-%d %H:%M:%S.%f';

function ownerOf(file: string): string | number {
  const { uid } = statSync(file);
  const known = new RegExp(`^([^:]*):[^:]*:${uid}:`, 'm').exec(readFileSync('/etc/passwd', 'utf8'))?.[1];
  return known ?? uid;
}
