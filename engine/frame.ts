import { HIDDEN, isSecretName } from './secretnames.ts';

/** A part of a line, from its first column on, counted from 0, to before its last. */
export interface Span {
  start: number;
  end: number;
}

/** A place in a file the user wrote. Lines and columns count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
  /** The source line, for display under the message. */
  text?: string;
  /** How many characters to underline; 1 when absent. */
  length?: number;
  /** Parts of the line that hold secrets, known from what is around it; more may come while files are read. */
  hidden?: readonly Span[];
}

/** The source line of a place with what is underlined in it; what is secret in it is hidden. */
export function frameOf(at: Place): string[] {
  if (at.text === undefined) return [];
  const { text, marked } = withoutSecrets(at.text, at.hidden ?? [], {
    start: at.column - 1,
    end: at.column - 1 + Math.max(1, at.length ?? 1),
  });
  const pad = text.slice(0, marked.start).replace(/[^\t]/g, ' ');
  return [
    `${String(at.line).padStart(6)} | ${text}`,
    `${' '.repeat(6)} | ${pad}${'^'.repeat(marked.end - marked.start)}`,
  ];
}

/** The line as it may be shown, and where in it that stands which was at `marked`. */
function withoutSecrets(text: string, known: readonly Span[], marked: Span): { text: string; marked: Span } {
  const spans = merged([...known, ...secretsIn(text)]);
  const shift = (from: number, side: 'start' | 'end'): number => {
    let moved = from;
    for (const { start, end } of spans) {
      if (from >= end) moved += HIDDEN.length - (end - start);
      else if (from > start) return moved - (from - start) + (side === 'start' ? 0 : HIDDEN.length);
    }
    return moved;
  };
  const start = shift(marked.start, 'start');
  const shown = [...spans]
    .reverse()
    .reduce((line, span) => line.slice(0, span.start) + HIDDEN + line.slice(span.end), text);
  return { text: shown, marked: { start, end: Math.max(start + 1, shift(marked.end, 'end')) } };
}

function merged(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else if (end > start) all.push({ start, end });
  }
  return all;
}

/** Whether a value shows where a secret comes from, and not what it is. */
export function isNoSecret(value: string): boolean {
  const text = value.trim();
  if (/^(true|false|yes|no|on|off|null|none|~|omit)?$/i.test(text)) return true;
  // A template that begins with a text, as in {{ 'hunter2' | password_hash }}, is that text.
  return text.includes('{{') && !/\w/.test(text.replace(/\{\{-?\s*[^'"\s](?:(?!\}\}).)*\}\}/gs, ''));
}

const KEY =
  /(?:["']?(?<key>[A-Za-z_][\w.-]*)["']?\s*[:=]|(?<=\s|^)-{1,2}(?<option>[A-Za-z][\w-]*)(?=\s))(?<space>\s*)/g;

/** What a line gives to keys that hold secrets, as YAML, INI, `key=value` or options of a command; passwords in addresses. */
function secretsIn(line: string): Span[] {
  const found: Span[] = [];
  for (const match of line.matchAll(KEY)) {
    const { key, option, space = '' } = match.groups ?? {};
    if (!isSecretName(key ?? option ?? '')) continue;
    const start = match.index + match[0].length;
    const word = option !== undefined || (match[0].trimEnd().endsWith('=') && space === '');
    const value = word ? wordAt(line.slice(start)) : valueAt(line.slice(start), opened(line.slice(0, match.index)));
    if (!isNoSecret(unquoted(value))) found.push({ start, end: start + value.length });
  }
  for (const { index, 0: all, 1: before = '' } of line.matchAll(/(:\/\/[^\s:@/'"]*:)[^\s@/'"]+(?=@)/g))
    if (!all.includes('{{')) found.push({ start: index + before.length, end: index + all.length });
  return found;
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;

/** Whether brackets of YAML are open after this text; those of templates do not count. */
function opened(text: string): boolean {
  const bare = text.replace(/\{\{.*?\}\}/g, '').replace(/"[^"]*"|'[^']*'/g, '');
  return (bare.match(/[[{]/g)?.length ?? 0) > (bare.match(/[\]}]/g)?.length ?? 0);
}

/** A value up to the next space, as in `password=hunter2`. */
function wordAt(text: string): string {
  const quoted = /^(?:"[^"]*"|'[^']*'|\{\{.*?\}\})/.exec(text)?.[0];
  return quoted ?? (/^\S*/.exec(text)?.[0] ?? '').replace(/["'\]})]+,?$/, '');
}

/** A value of YAML or of an INI section of variables. */
function valueAt(text: string, flow: boolean): string {
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(text)?.[0];
  if (quoted) return quoted;
  // The lines of a block come after it, and what is vaulted or named elsewhere is not there.
  if (/^(?:[|>][-+\d]*\s*$|!vault|\*)/.test(text)) return '';
  if (/^[[{](?!\{)/.test(text)) return text.slice(0, closing(text));
  if (flow) return (/^(?:\{\{.*?\}\}|[^,}\]])*/.exec(text)?.[0] ?? '').trimEnd();
  return text.replace(/\s#.*$/, '').trimEnd();
}

/** Where the bracket that a text begins with is closed. */
function closing(text: string): number {
  let depth = 0;
  for (const [index, letter] of [...text].entries()) {
    if ('[{'.includes(letter)) depth++;
    else if (']}'.includes(letter) && --depth === 0) return index + 1;
  }
  return text.length;
}
