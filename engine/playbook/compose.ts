import {
  type AliasEvent,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml';
import { asProblem, Problem } from '../problem.ts';
import { isSecretName } from '../secretnames.ts';
import { afterIndent, readEvents, scalarText } from './events.ts';
import { entriesToMerge, withMerged } from './merge.ts';
import { type Entry, keyText, type ListNode, type MapNode, type Node, type ScalarNode, type Source } from './node.ts';
import { hideNode, placeAt } from './place.ts';
import { resolveAs, resolvePlain } from './resolve.ts';
import { syntaxProblem } from './syntax.ts';
import { asUnsafe } from './unsafe.ts';
import type { Vault } from './vault.ts';

const STYLES = ['plain', 'plain', 'single', 'double', 'literal', 'folded'] as const;

/** Builds the tree of one document from js-yaml's events; undefined when it is empty. */
export function compose(source: Source, problems: Problem[], vault?: Vault): Node | undefined {
  try {
    return new Composer(source, readEvents(source), problems, vault).document();
  } catch (thrown) {
    problems.push(thrown instanceof YAMLException ? syntaxProblem(source, thrown) : asProblem(thrown));
    return undefined;
  }
}

const unsupported = (tag: string): string => `the YAML tag "${tag}" is not supported`;

const NO_MERGE = '"<<" needs a dictionary or a list of them';

type Tagged = Pick<ScalarEvent, 'tagStart' | 'tagEnd' | 'anchorStart' | 'anchorEnd'>;
class Composer {
  readonly #source: Source;
  readonly #events: readonly Event[];
  readonly #problems: Problem[];
  readonly #vault: Vault | undefined;
  readonly #anchors = new Map<string, Node>();
  /** Collections that are being read: none of them may hold itself. */
  readonly #open = new Set<Node>();
  #next = 0;
  /** Where the last thing read ended: an empty value has no place of its own. */
  #last = 0;

  constructor(source: Source, events: readonly Event[], problems: Problem[], vault: Vault | undefined) {
    this.#source = source;
    this.#events = events;
    this.#problems = problems;
    this.#vault = vault;
  }

  document(): Node | undefined {
    if (this.#events[0]?.type !== EVENT_DOCUMENT) return undefined;
    this.#next = 1;
    const root = this.#node();
    const after = this.#events[this.#next + 1];
    if (after) this.#complain('several-documents', this.#last, 'a second YAML document in the file; only one is read');
    return root.kind === 'scalar' && root.style === 'plain' && root.text === '' ? undefined : root;
  }

  #node(): Node {
    const event = this.#events[this.#next++];
    switch (event?.type) {
      case EVENT_SCALAR:
        return this.#scalar(event);
      case EVENT_SEQUENCE:
        return this.#kept(event, this.#list(event));
      case EVENT_MAPPING:
        return this.#kept(event, this.#map(event));
      case EVENT_ALIAS:
        return this.#alias(event);
      default:
        return this.#blank();
    }
  }

  #kept(event: Tagged, node: ListNode | MapNode): Node {
    return this.#tag(event) === '!unsafe' ? asUnsafe(node) : node;
  }

  #blank(): ScalarNode {
    const { start, end } = { start: this.#last, end: this.#last };
    if (this.#events[this.#next - 1]?.type === EVENT_POP) this.#next--;
    return { kind: 'scalar', value: null, text: '', style: 'plain', source: this.#source, start, end };
  }

  #scalar(event: ScalarEvent): ScalarNode {
    const text = event.valueStart === -1 ? '' : scalarText(this.#source.text, event);
    const start = event.valueStart === -1 ? Math.max(this.#last, event.tagEnd, event.anchorEnd) : event.valueStart;
    const end = event.valueStart === -1 ? start : event.valueEnd;
    const style = STYLES[event.style] ?? 'plain';
    const node: ScalarNode = {
      kind: 'scalar',
      value: style === 'plain' ? resolvePlain(text) : text,
      text,
      style,
      source: this.#source,
      start: style === 'literal' || style === 'folded' ? afterIndent(this.#source.text, start) : start,
      end,
    };
    this.#last = end;
    const tagged = this.#tagged(event, node);
    this.#anchor(event, tagged);
    return tagged;
  }

  #tagged(event: Tagged, node: ScalarNode): ScalarNode {
    const tag = this.#tag(event);
    switch (tag) {
      case undefined:
        return node;
      case '!unsafe':
        return { ...node, tag: 'unsafe' };
      case '!vault':
      case '!vault-encrypted':
        return this.#opened(event, node);
      case '!!str':
        return { ...node, value: node.text };
      default: {
        const value = resolveAs(tag, node.text);
        if (value !== undefined) return { ...node, value };
        const what = /^!!(int|float|bool)$/.test(tag) ? `"${node.text}" is no ${tag.slice(2)}` : unsupported(tag);
        this.#complain('unknown-tag', event.tagStart, what, tag.length);
        return node;
      }
    }
  }

  #opened(event: Tagged, node: ScalarNode): ScalarNode {
    try {
      const text = this.#vault ? this.#vault.open(node.text) : node.text;
      return { ...node, value: text, text, tag: 'vault' };
    } catch (thrown) {
      this.#problems.push(
        asProblem(thrown).placed(placeAt(this.#source, event.tagStart, event.tagEnd - event.tagStart)),
      );
      return node;
    }
  }

  #tag(event: Tagged): string | undefined {
    if (event.tagStart === -1) return undefined;
    const tag = this.#source.text.slice(event.tagStart, event.tagEnd);
    return tag === '!' ? '!!str' : tag;
  }

  #anchor(event: Tagged, node: Node): void {
    if (event.anchorStart !== -1) this.#anchors.set(this.#source.text.slice(event.anchorStart, event.anchorEnd), node);
  }

  #collectionTag(event: SequenceEvent | MappingEvent, own: string): void {
    const tag = this.#tag(event);
    if (tag !== undefined && tag !== own && tag !== '!unsafe') {
      this.#complain('unknown-tag', event.tagStart, unsupported(tag), tag.length);
    }
  }

  #list(event: SequenceEvent): ListNode {
    const node: ListNode = { kind: 'list', items: [], source: this.#source, start: event.start, end: event.start };
    this.#anchor(event, node);
    this.#collectionTag(event, '!!seq');
    this.#open.add(node);
    while (this.#events[this.#next]?.type !== EVENT_POP) node.items.push(this.#node());
    this.#open.delete(node);
    this.#next++;
    node.end = Math.max(this.#last, event.start);
    return node;
  }

  #map(event: MappingEvent): MapNode {
    const node: MapNode = { kind: 'map', entries: [], source: this.#source, start: event.start, end: event.start };
    this.#anchor(event, node);
    this.#collectionTag(event, '!!map');
    this.#open.add(node);
    const merged: Entry[] = [];
    const seen = new Map<string, ScalarNode>();
    while (this.#events[this.#next]?.type !== EVENT_POP) {
      const key = this.#key();
      const value = this.#node();
      if (!key) continue;
      if (key.style === 'plain' && key.text === '<<')
        merged.push(...entriesToMerge(value, ({ start }) => this.#complain('bad-merge', start, NO_MERGE)));
      else if (this.#isNew(key, seen)) node.entries.push({ key, value });
      if (isSecretName(key.text)) hideNode(value);
    }
    this.#open.delete(node);
    this.#next++;
    node.entries = withMerged(node.entries, merged);
    node.end = Math.max(this.#last, event.start);
    return node;
  }

  #key(): ScalarNode | undefined {
    const key = this.#node();
    if (key.kind === 'scalar') return key;
    const braces = this.#source.text.startsWith('{{', key.start - 1) || this.#source.text[key.start] === '{';
    this.#problems.push(
      new Problem({
        code: braces ? 'unquoted-template' : 'bad-key',
        what: braces
          ? 'a value that starts with "{{" must be quoted'
          : 'a key must be plain text, not a list or a dictionary',
        at: placeAt(this.#source, braces ? Math.max(0, key.start - 1) : key.start, braces ? 2 : 1),
        mend: braces ? 'put the whole value in double quotes: "{{ … }}"' : undefined,
      }),
    );
    return undefined;
  }

  #isNew(key: ScalarNode, seen: Map<string, ScalarNode>): boolean {
    const first = seen.get(keyText(key));
    if (!first) {
      seen.set(keyText(key), key);
      return true;
    }
    const before = placeAt(this.#source, first.start);
    this.#complain(
      'duplicate-key',
      key.start,
      `the key "${key.text}" is already at ${before.file}:${before.line}:${before.column}`,
      key.end - key.start,
      'keep one of the two',
    );
    return false;
  }

  #alias(event: AliasEvent): Node {
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    this.#last = event.anchorEnd;
    const node = this.#anchors.get(name);
    if (node && !this.#open.has(node)) return node;
    const what = node ? `"*${name}" stands inside what it names` : `no anchor is named "${name}"`;
    this.#complain('unknown-alias', event.anchorStart, what, name.length);
    return this.#blank();
  }

  #complain(code: string, offset: number, what: string, length = 1, mend?: string): void {
    this.#problems.push(new Problem({ code, what, at: placeAt(this.#source, offset, length), mend }));
  }
}
