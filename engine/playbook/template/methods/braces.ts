import { formatValue } from '../format.ts';
import { entriesOf, repr, str, UseProblem } from '../python.ts';

const FIELD = /\{\{|\}\}|\{((?:[^{}]|\{[^{}]*\})*)\}|[{}]/g;

/** Python's str.format: positions, names, members, conversions and specifications, which may hold fields. */
export function formatBraces(text: string, args: readonly unknown[], named: Readonly<Record<string, unknown>>): string {
  let next = 0;
  let numbered = false;
  const valueAt = (path: string): unknown => {
    const [head = '', ...parts] = path.split(/(?=[.[])/);
    if (head === '' ? numbered : /^\d+$/.test(head) && next > 0)
      throw new UseProblem('format takes its fields numbered or in order, not both');
    numbered ||= /^\d+$/.test(head);
    const value = head === '' ? args[next++] : /^\d+$/.test(head) ? args[Number(head)] : named[head];
    if (value === undefined) throw new UseProblem(`format has no value for {${path}}`);
    return parts.reduce(memberOf, value);
  };
  const fill = (source: string): string =>
    source.replace(FIELD, (found, field?: string) => {
      if (found === '{{' || found === '}}') return found[0] ?? '';
      if (field === undefined) throw new UseProblem(`format finds a single "${found}"`);
      const [, path = '', conversion, spec = ''] = /^([^!:]*)(?:!([rsa]))?(?::([\s\S]*))?$/.exec(field) ?? [];
      const value = valueAt(path);
      return formatValue(conversion === 'r' ? repr(value) : conversion ? str(value) : value, fill(spec));
    });
  return fill(text);
}

/** `[key]` of a list or a dictionary; an attribute, which no value of a playbook has. */
function memberOf(value: unknown, part: string): unknown {
  const key = part.replace(/^\[(.*)\]$/, '$1');
  const found = Array.isArray(value)
    ? value[Number(key)]
    : (entriesOf(value) ?? []).find(([name]) => String(name) === key)?.[1];
  if (!part.startsWith('[') || found === undefined) throw new UseProblem(`format finds no "${part}" in its value`);
  return found;
}
