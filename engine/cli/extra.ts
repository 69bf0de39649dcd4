import { existsSync } from 'node:fs';
import { parseKeyValue } from '../arguments.ts';
import type { Vault } from '../playbook/vault.ts';
import { parseYaml, readYaml, toValue } from '../playbook/yaml.ts';
import { Problem, Problems } from '../problem.ts';
import { assignVars, isMapping, type Mapping, type Value } from '../value.ts';

/** Variables from `-e`, later ones over earlier ones: `key=value` words, JSON or YAML in braces, or `@file`. */
export function readExtraVars(texts: readonly string[], vault?: Vault): Mapping {
  const merged: Mapping = {};
  for (const text of texts) assignVars(merged, readOne(text, vault));
  return merged;
}

function readOne(text: string, vault: Vault | undefined): Mapping {
  const value = text.startsWith('@')
    ? fromFile(text.slice(1), vault)
    : /^\s*[{[]/.test(text)
      ? fromText(text)
      : parseKeyValue(text);
  if (isMapping(value) && !('_raw_params' in value)) return value;
  throw new Problem({
    code: 'bad-options',
    what: `-e "${text}" is no set of variables`,
    mend: 'use key=value, {"key": "value"}, or @file',
  });
}

function fromFile(file: string, vault: Vault | undefined): Value {
  if (!existsSync(file)) throw new Problem({ code: 'bad-options', what: `-e @${file}: there is no such file` });
  return checked((problems) => readYaml(file, file, problems, vault));
}

const fromText = (text: string): Value => checked((problems) => parseYaml({ file: '-e', text }, problems));

function checked(read: (problems: Problem[]) => ReturnType<typeof parseYaml>): Value {
  const problems: Problem[] = [];
  const node = read(problems);
  if (problems.length > 0) throw new Problems(problems);
  return node === undefined ? {} : toValue(node);
}
