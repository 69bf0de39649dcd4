import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../../engine/json.ts';
import type { Mapping } from '../../../../engine/value.ts';
import { renderFile } from '../../../support/render.ts';

/** What ansible-core 2.19's template module made of each text with its options; null where it failed. */
const [first = '', ...lines] = readFileSync(new URL('files.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const VARS = readJson(first) as Mapping;
const CASES: [string, Mapping, string | null][] = lines.map((line) => JSON.parse(line));

function rendered(text: string, options: Mapping): string | null {
  try {
    return renderFile(text, structuredClone(VARS), options);
  } catch {
    return null;
  }
}

describe('the template module, as ansible-core has it', () => {
  test.each(CASES)('%j %j', (text, options, expected) => {
    expect(rendered(text, options)).toBe(expected);
  });
});
