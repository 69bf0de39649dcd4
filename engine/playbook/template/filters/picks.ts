import { type Args, filter, type Use } from '../environment.ts';
import { defined, equal, Group, iterate, order, str, truthy, Undefined, UseProblem } from '../python.ts';
import { attributeOf, lookUp } from './attribute.ts';

/** As Jinja has it, nothing that is false has items. */
const itemsOf = (value: unknown): unknown[] => (truthy(value) ? iterate(value) : []);

function map(value: unknown, args: Args, use: Use): unknown[] {
  const { rest, attribute, ...named } = args;
  if (attribute !== undefined) {
    const { default: usual } = named;
    return itemsOf(value).map((item) => {
      const found = lookUp(item, attribute, use);
      return found instanceof Undefined && usual !== undefined ? usual : defined(found);
    });
  }
  const [name, ...others] = rest;
  if (name === undefined) throw new UseProblem('map needs a filter or attribute=');
  return itemsOf(value).map((item) => use.filter(str(name), item, others, named));
}

/** select and reject: the items for which a test holds, or the true ones. */
function select(wanted: boolean) {
  return filter('*', (value, { rest: [name, ...args] }, use) =>
    itemsOf(value).filter((item) => (name === undefined ? truthy(item) : use.test(str(name), item, args)) === wanted),
  );
}

function selectattr(wanted: boolean) {
  return filter('attribute *', (value, { attribute, rest: [name, ...args] }, use) =>
    itemsOf(value).filter((item) => {
      const member = lookUp(item, attribute, use);
      return (name === undefined ? truthy(defined(member)) : use.test(str(name), member, args)) === wanted;
    }),
  );
}

function sort(value: unknown, reverse: boolean, caseSensitive: boolean, attribute: unknown, use: Use): unknown[] {
  const fold = (one: unknown): unknown => (typeof one === 'string' && !caseSensitive ? one.toLowerCase() : one);
  const attributes = attribute === undefined || attribute === null ? undefined : String(attribute).split(',');
  const keys = (item: unknown): unknown[] =>
    attributes ? attributes.map((one) => fold(attributeOf(item, one, use))) : [fold(item)];
  return iterate(value)
    .map((item) => ({ item, key: keys(item) }))
    .sort((a, b) => order(a.key, b.key) * (reverse ? -1 : 1))
    .map(({ item }) => item);
}

function groupby(value: unknown, attribute: unknown, sensitive: boolean, usual: unknown, use: Use): unknown[] {
  const fold = (one: unknown): unknown => (typeof one === 'string' && !sensitive ? one.toLowerCase() : one);
  const keyOf = (item: unknown): unknown => {
    const found = lookUp(item, attribute, use);
    return found instanceof Undefined && usual !== undefined ? usual : defined(found);
  };
  const groups: [unknown, unknown[]][] = [];
  for (const item of iterate(value)) {
    const key = keyOf(item);
    const group = groups.find(([one]) => equal(fold(one), fold(key)));
    if (group) group[1].push(item);
    else groups.push([key, [item]]);
  }
  return groups.sort(([a], [b]) => order(fold(a), fold(b))).map(([grouper, list]) => new Group(grouper, list));
}

/** Filters that go through a list item by item. */
export const PICKS = {
  map: filter('* **', map),
  select: select(true),
  reject: select(false),
  selectattr: selectattr(true),
  rejectattr: selectattr(false),
  sort: filter('reverse case_sensitive attribute', (value, args, use) =>
    sort(value, truthy(args['reverse'] ?? false), truthy(args['case_sensitive'] ?? false), args['attribute'], use),
  ),
  groupby: filter(
    'attribute default case_sensitive',
    (value, { attribute, default: usual, case_sensitive: sensitive = false }, use) =>
      groupby(value, attribute, truthy(sensitive), usual, use),
  ),
  join: filter('d attribute', (value, { d = '', attribute }, use) =>
    iterate(value)
      .map((item) => str(attribute === undefined ? item : attributeOf(item, attribute, use)))
      .join(str(d)),
  ),
};
