import { type Syntax, SyntaxProblem } from './tokens.ts';

const HEADER = '#jinja2:';
const PAIRS = ['block', 'variable', 'comment'] as const;

/** The template's own settings, in a first line such as `#jinja2: lstrip_blocks: True`, and where the rest begins. */
export function readHeader(text: string, syntax: Syntax): { syntax: Syntax; from: number } {
  if (!text.startsWith(HEADER)) return { syntax, from: 0 };
  const end = text.indexOf('\n');
  if (end === -1) throw new SyntaxProblem('nothing follows the line "#jinja2:"', 0, HEADER.length);
  let changed = syntax;
  for (const pair of text.slice(HEADER.length, end).split(',')) {
    const found = /^\s*(\w+)\s*:\s*(?:(True|False)|'([^']*)'|"([^"]*)")\s*$/.exec(pair);
    const [, key = '', flag, single, double] = found ?? [];
    const value = single ?? double;
    const next = flag === undefined ? withText(changed, key, value) : withFlag(changed, key, flag === 'True');
    if (!next) throw new SyntaxProblem(`"#jinja2:" takes no setting "${pair.trim()}"`, text.indexOf(pair), pair.length);
    changed = next;
  }
  return { syntax: changed, from: end + 1 };
}

function withFlag(syntax: Syntax, key: string, value: boolean): Syntax | undefined {
  if (key === 'trim_blocks') return { ...syntax, trimBlocks: value };
  if (key === 'lstrip_blocks') return { ...syntax, lstripBlocks: value };
  return undefined;
}

function withText(syntax: Syntax, key: string, value: string | undefined): Syntax | undefined {
  const kind = PAIRS.find((one) => key === `${one}_start_string` || key === `${one}_end_string`);
  if (!kind || value === undefined) return undefined;
  const [start, end] = syntax[kind];
  return { ...syntax, [kind]: key.endsWith('_start_string') ? [value, end] : [start, value] };
}
