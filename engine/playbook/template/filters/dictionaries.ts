import { isMapping, keepOrder, keysOf, mappingOf, membersOf } from '../../../value.ts';
import { filter, type Use } from '../environment.ts';
import { defined, entriesOf, equal, keyIn, order, str, truthy, typeName, UseProblem } from '../python.ts';

type Members = Record<string, unknown>;

function members(value: unknown, name: string): Members {
  const entries = typeof value === 'object' ? entriesOf(value) : undefined;
  if (entries) return mappingOf(entries);
  throw new UseProblem(`${name} needs a dictionary, and this is ${typeName(value)}`);
}

function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new UseProblem(`${name} needs a list, and this is ${typeName(value)}`);
}

const LIST_MERGE: Record<string, (below: unknown[], above: unknown[]) => unknown[]> = {
  replace: (_below, above) => above,
  keep: (below) => below,
  append: (below, above) => [...below, ...above],
  prepend: (below, above) => [...above, ...below],
  append_rp: (below, above) => [...below.filter((one) => !above.some((other) => equal(one, other))), ...above],
  prepend_rp: (below, above) => [...above, ...below.filter((one) => !above.some((other) => equal(one, other)))],
};

function merge(below: Members, above: Members, recursive: boolean, lists: string): Members {
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = below[key];
    if (recursive && isMapping(old) && isMapping(value)) merged[key] = merge(old, value, recursive, lists);
    else if (Array.isArray(old) && Array.isArray(value))
      merged[key] = (LIST_MERGE[lists] ?? LIST_MERGE['replace'])?.(old, value);
    else merged[key] = value;
  }
  return keepOrder(merged, () => [...keysOf(below), ...keysOf(above)]);
}

const combine = filter('* **', (value, args) => {
  const { rest, recursive = false, list_merge: lists = 'replace', ...unknown } = args;
  for (const name of Object.keys(unknown)) throw new UseProblem(`combine has no argument "${name}"`);
  if (!Object.hasOwn(LIST_MERGE, lists)) throw new UseProblem(`combine has no list_merge "${str(lists)}"`);
  const all = [value, ...rest].flatMap((one) => (Array.isArray(one) ? one : [one])).filter((one) => one !== null);
  if (all.length === 1) return all[0];
  return all.reduce<Members>((below, above) => merge(below, members(above, 'combine'), truthy(recursive), lists), {});
});

function dictsort(value: unknown, by: string, reverse: boolean, caseSensitive: boolean): unknown {
  const fold = (one: unknown): unknown => (typeof one === 'string' && !caseSensitive ? one.toLowerCase() : one);
  const pairs = membersOf(members(value, 'dictsort'));
  if (by !== 'key' && by !== 'value') throw new UseProblem('dictsort sorts by "key" or by "value"');
  const at = by === 'value' ? 1 : 0;
  return pairs.sort((a, b) => order(fold(a[at]), fold(b[at])) * (reverse ? -1 : 1));
}

function subelements(value: unknown, path: unknown, skipMissing: boolean, use: Use): unknown {
  const items = Array.isArray(value) ? value : membersOf(members(value, 'subelements')).map(([, member]) => member);
  const keys = Array.isArray(path) ? path.map(str) : str(path).split('.');
  return items.flatMap((item) => {
    const inner = keys.reduce((one, key) => use.member(one, key), item);
    if (skipMissing && !use.test('defined', inner)) return [];
    return listOf(defined(inner), `"${keys.join('.')}" in subelements`).map((one) => [item, one]);
  });
}

/** Filters of dictionaries. */
export const DICTIONARIES = {
  combine,
  dict2items: filter('key_name value_name', (value, { key_name: key = 'key', value_name: name = 'value' }) =>
    membersOf(members(value, 'dict2items')).map(([one, member]) => ({ [str(key)]: one, [str(name)]: member })),
  ),
  items2dict: filter('key_name value_name', (value, { key_name: key = 'key', value_name: name = 'value' }, use) =>
    mappingOf(
      listOf(value, 'items2dict').map(
        (item) => [keyIn(defined(use.member(item, key))), defined(use.member(item, name))] as const,
      ),
    ),
  ),
  dictsort: filter(
    'case_sensitive by reverse',
    (value, { case_sensitive: sensitive = false, by = 'key', reverse = false }) =>
      dictsort(value, str(by), truthy(reverse), truthy(sensitive)),
  ),
  rekey_on_member: filter('key duplicates', (value, { key, duplicates = 'error' }, use) => {
    const rekeyed: Members = {};
    const items = Array.isArray(value) ? value : membersOf(members(value, 'rekey_on_member')).map(([, one]) => one);
    const keys = items.map((item) => keyIn(defined(use.member(item, key))));
    for (const [index, item] of items.entries()) {
      const name = String(keys[index]);
      if (Object.hasOwn(rekeyed, name) && duplicates !== 'overwrite')
        throw new UseProblem(`rekey_on_member finds "${name}" twice`);
      rekeyed[name] = item;
    }
    return keepOrder(rekeyed, () => keys);
  }),
  items: filter('', (value) => membersOf(members(value, 'items'))),
  subelements: filter('subelements skip_missing', (value, { subelements: path, skip_missing: skip = false }, use) =>
    subelements(value, path, truthy(skip), use),
  ),
  extract: filter('container morekeys', (value, { container, morekeys }, use) => {
    const more = morekeys === undefined ? [] : Array.isArray(morekeys) ? morekeys : [morekeys];
    return [value, ...more].reduce((one, key) => use.member(one, key), container);
  }),
};
