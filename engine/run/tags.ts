import type { Item } from '../playbook/model.ts';
import type { Node } from '../playbook/yaml.ts';
import type { Value } from '../value.ts';

/** A list of tags as written: a list, or names separated by commas. */
export function tagsOf(values: readonly Value[]): string[] {
  return values
    .flat()
    .flatMap((value) => (typeof value === 'string' ? value.split(',') : [String(value)]))
    .map((tag) => tag.trim());
}

/**
 * Whether tags select an item: Ansible's rules for `always`, `never`, `tagged`, `untagged` and `all`.
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html#special-tags
 */
export function selected(tags: readonly string[], only: readonly string[], skip: readonly string[]): boolean {
  const wanted = only.length > 0 ? only : ['all'];
  const tagged = tags.length > 0;
  const own = new Set(tagged ? tags : ['untagged']);
  const has = (names: readonly string[]): boolean => names.some((name) => own.has(name));
  const runs =
    own.has('always') ||
    (wanted.includes('all') && !own.has('never')) ||
    has(wanted) ||
    (wanted.includes('tagged') && tagged && !own.has('never'));
  if (!runs) return false;
  if (skip.includes('all')) return own.has('always') && !skip.includes('always');
  return !has(skip) && !(skip.includes('tagged') && tagged);
}

/** Whether an item takes part; `render` gives a tag node's value. */
export function itemSelected(
  item: Item,
  render: (node: Node) => Value,
  only: readonly string[],
  skip: readonly string[],
): boolean {
  // A block has no say of its own: its tags are inherited by what is in it.
  if (item.kind === 'block') return true;
  return selected(tagsOf(item.keywords.tags.map(render)), only, skip);
}
