import type { Mapping } from '../value.ts';

/** What the script printed for one part, by section. A section that is not there is ''. */
export type Sections = (name: string) => string;

/** One group of facts: what to ask a host, and what to make of the answer. */
export interface Part {
  /** Names under which gather_subset selects it: its group, then its own. */
  subsets: readonly string[];
  /** POSIX sh; `s NAME` starts a section. */
  script: string;
  /** Facts under Ansible's names, without the `ansible_` prefix. */
  parse(section: Sections): Mapping;
}

/** Lines of a section, without empty ones. */
export const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

/** `key: value` or `KEY=value` lines as a dictionary, quotes around values removed. */
export function pairs(text: string, separator: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of lines(text)) {
    const at = line.indexOf(separator);
    if (at > 0)
      found[line.slice(0, at).trim()] = line
        .slice(at + 1)
        .trim()
        .replace(/^(["'])(.*)\1$/, '$2');
  }
  return found;
}
