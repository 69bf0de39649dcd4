import type { Key } from '../../../value.ts';
import { entriesOf, isNumber, Numeral, repr, sortedKeys, str, UseProblem } from '../python.ts';
import { type Context, Emitter } from './emitter.ts';
import { analyse } from './scalars.ts';

/** Options of PyYAML's dump, as Ansible's filters pass them on. */
export interface YamlOptions {
  indent: number;
  width: number;
  sortKeys: boolean;
  /** False: all block; true: all flow; undefined: collections of scalars in flow, as PyYAML's None. */
  flow?: boolean | undefined;
  explicitStart?: boolean;
  explicitEnd?: boolean;
}

/** What PyYAML's dump writes. */
export function toYaml(value: unknown, options: YamlOptions): string {
  const emitter = new Emitter(options.indent, options.width);
  if (options.explicitStart) emitter.indicator('---', true);
  new Dumper(emitter, options).node(value, {});
  emitter.line();
  if (!options.explicitEnd) return emitter.text;
  emitter.indicator('...', true);
  emitter.line();
  return emitter.text;
}

const isScalar = (value: unknown): boolean => value === null || typeof value !== 'object' || value instanceof Numeral;

class Dumper {
  readonly #emitter: Emitter;
  readonly #options: YamlOptions;

  constructor(emitter: Emitter, options: YamlOptions) {
    this.#emitter = emitter;
    this.#options = options;
  }

  node(value: unknown, context: Context): void {
    if (isScalar(value)) this.#scalar(value, context);
    else if (Array.isArray(value)) this.#list(value, context);
    else this.#mapping(this.#entries(value));
  }

  #entries(value: unknown): [Key, unknown][] {
    const entries = entriesOf(value);
    if (!entries) throw new UseProblem('this cannot be written as YAML');
    return this.#options.sortKeys ? sortedKeys(entries) : entries;
  }

  #scalar(value: unknown, { key = false }: Context): void {
    const emitter = this.#emitter;
    const found =
      typeof value === 'string'
        ? analyse(value, { key, flow: emitter.flowLevel > 0 })
        : { letters: [...written(value)], style: 'plain' as const, simple: true };
    emitter.enter(true);
    emitter.scalar(found, !key);
    emitter.leave();
  }

  #inFlow(members: readonly unknown[]): boolean {
    if (this.#emitter.flowLevel > 0 || members.length === 0) return true;
    return this.#options.flow ?? members.every(isScalar);
  }

  #list(items: readonly unknown[], { mapping = false }: Context): void {
    const emitter = this.#emitter;
    if (this.#inFlow(items)) {
      this.#flow('[', ']', items, (item) => this.node(item, {}));
      return;
    }
    emitter.enter(false, mapping && emitter.indentless);
    for (const item of items) {
      emitter.line();
      emitter.indicator('-', true, false, true);
      this.node(item, {});
    }
    emitter.leave();
  }

  #mapping(entries: readonly [Key, unknown][]): void {
    const emitter = this.#emitter;
    if (this.#inFlow(entries.map(([, member]) => member))) {
      this.#flow('{', '}', entries, (entry) => this.#member(entry));
      return;
    }
    emitter.enter(false);
    for (const entry of entries) {
      emitter.line();
      this.#member(entry);
    }
    emitter.leave();
  }

  #member([key, member]: [Key, unknown]): void {
    const emitter = this.#emitter;
    const flow = emitter.flowLevel > 0;
    if (typeof key === 'number' || analyse(key, { key: true, flow }).simple) {
      this.node(key, { key: true });
      emitter.indicator(':', false);
    } else {
      // A key that is long or has several lines is marked as one.
      emitter.indicator('?', true, false, !flow);
      this.node(key, { mapping: true });
      if (flow) emitter.wrap();
      else emitter.line();
      emitter.indicator(':', true, false, !flow);
    }
    this.node(member, { mapping: true });
  }

  #flow<T>(open: string, close: string, members: readonly T[], write: (member: T) => void): void {
    const emitter = this.#emitter;
    emitter.indicator(open, true, true);
    emitter.enter(true);
    emitter.flowLevel++;
    for (const [index, member] of members.entries()) {
      if (index > 0) emitter.indicator(',', false);
      emitter.wrap();
      write(member);
    }
    emitter.flowLevel--;
    emitter.leave();
    emitter.indicator(close, false);
  }
}

/** Null, a boolean or a number. */
function written(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (!isNumber(value)) return str(value);
  const shown = repr(value);
  const named = { inf: '.inf', '-inf': '-.inf', nan: '.nan' }[shown];
  return named ?? (shown.includes('.') ? shown : shown.replace('e', '.0e'));
}
