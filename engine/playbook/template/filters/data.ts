import { createHash, getHashes } from 'node:crypto';
import { readJson, writeJson } from '../../../json.ts';
import type { Value } from '../../../value.ts';
import { parseYaml, toValue } from '../../yaml.ts';
import { filter } from '../environment.ts';
import { numberOf, plain, str, textOf, truthy, UseProblem } from '../python.ts';
import { uuid5 } from '../uuid.ts';
import { b64decode, b64encode } from './base64.ts';
import { pretty } from './pretty.ts';
import { toYaml } from './yaml.ts';

function fromJson(text: string): Value {
  try {
    return readJson(text);
  } catch (thrown) {
    throw new UseProblem(`this is no JSON: ${(thrown as Error).message}`);
  }
}

function fromYaml(text: string): Value {
  const problems: { code: string; what: string }[] = [];
  const node = parseYaml({ file: '<from_yaml>', text }, problems as never);
  const [first] = problems;
  if (first?.code === 'several-documents')
    throw new UseProblem('this YAML has two documents or more, and one is taken');
  if (first) throw new UseProblem(`this is no YAML: ${first.what}`);
  return node === undefined ? null : toValue(node);
}

const HASHES: Record<string, string> = { blake2b: 'blake2b512', blake2s: 'blake2s256' };

function hash(text: string, name: string): string {
  const kind = HASHES[name] ?? name;
  if (!getHashes().includes(kind)) throw new UseProblem(`there is no hash "${name}"`);
  return createHash(kind).update(text).digest('hex');
}

const indentOf = (indent: unknown): number | undefined =>
  indent === null ? undefined : Math.max(0, numberOf(indent as number));

/** Jinja's tojson, which may stand in HTML. */
const forHtml = (value: unknown, indent: unknown): string =>
  writeJson(plain(value), {
    indent: indent === undefined ? undefined : numberOf(indent as number),
    sortKeys: true,
    ascii: true,
  }).replace(/[<>&']/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);

const yaml = (nice: boolean) =>
  filter('indent width sort_keys default_flow_style explicit_start explicit_end', (value, args) =>
    toYaml(value, {
      indent: numberOf(args['indent'] ?? (nice ? 4 : 2)),
      width: numberOf(args['width'] ?? 80),
      sortKeys: truthy(args['sort_keys'] ?? true),
      flow: args['default_flow_style'] ?? (nice ? false : undefined),
      explicitStart: truthy(args['explicit_start'] ?? false),
      explicitEnd: truthy(args['explicit_end'] ?? false),
    }),
  );

const json = (nice: boolean) =>
  filter('indent sort_keys ensure_ascii separators', (value, args) =>
    writeJson(plain(value), {
      indent: args['indent'] === undefined ? (nice ? 4 : undefined) : indentOf(args['indent']),
      sortKeys: truthy(args['sort_keys'] ?? nice),
      ascii: truthy(args['ensure_ascii'] ?? true),
      separators: nice ? undefined : args['separators'],
    }),
  );

/** Filters between values and their written forms. */
export const DATA = {
  to_json: json(false),
  to_nice_json: json(true),
  to_yaml: yaml(false),
  to_nice_yaml: yaml(true),
  tojson: filter('indent', (value, { indent }) => forHtml(value, indent)),
  from_json: filter('', (value) => fromJson(textOf(value))),
  from_yaml: filter('', (value) => (typeof value === 'string' ? fromYaml(value) : value)),
  b64encode,
  b64decode,
  hash: filter('hashtype', (value, { hashtype = 'sha1' }) => hash(str(value), str(hashtype))),
  md5: filter('', (value) => hash(str(value), 'md5')),
  sha1: filter('', (value) => hash(str(value), 'sha1')),
  checksum: filter('', (value) => hash(str(value), 'sha1')),
  to_uuid: filter('namespace', (value, { namespace }) => uuid5(str(value), namespace && str(namespace))),
  pprint: filter('', (value) => pretty(value)),
};
