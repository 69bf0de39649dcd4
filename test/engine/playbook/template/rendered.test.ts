import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Mapping, Numeral, type Value } from '../../../../engine/value.ts';
import { render } from '../../../support/render.ts';

/** What ansible-core 2.19 made of each expression, alone and inside a text; rendered.py writes it again. */
const [first = '', ...lines] = readFileSync(new URL('rendered.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const VARS: Mapping = JSON.parse(first);
const CASES: [string, unknown, unknown][] = lines.map((line) => JSON.parse(line));

const numbers = (value: Value): unknown => {
  if (value instanceof Numeral) return value.number;
  if (typeof value === 'number' && !Number.isFinite(value))
    return String(value).replace('Infinity', 'inf').toLowerCase();
  if (Array.isArray(value)) return value.map(numbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, numbers(member)]));
};

function rendered(template: string): unknown {
  try {
    return numbers(render(template, structuredClone(VARS)));
  } catch {
    return { fails: true };
  }
}

describe('as ansible-core has it', () => {
  test.each(CASES)('%s', (template, alone, inText) => {
    expect(rendered(template)).toEqual(alone);
    expect(rendered(`x${template}y`)).toEqual(inText);
  });
});
