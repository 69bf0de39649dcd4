import { placeOf, type ScalarNode } from '../playbook/yaml.ts';
import { nearest, Problem } from '../problem.ts';
import { readLiteral } from './literal.ts';
import type { Assignment } from './origin.ts';
import { addHosts, type Reading } from './reading.ts';
import type { TreeGroup } from './tree.ts';
import { splitWords, UnclosedQuote } from './words.ts';

const SECTION = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;
const GROUP_LINE = /^([^:\]\s]+)\s*(?:#.*)?$/;

/** A group named before it was declared, and the groups that want it as a child. */
interface Pending {
  at: ScalarNode;
  section: 'children' | 'vars';
  parents: TreeGroup[];
}

/** Reads one source in Ansible's INI form into the tree. */
export function readIni(reading: Reading): void {
  new IniReader(reading).read();
}

class IniReader {
  readonly #reading: Reading;
  readonly #pending = new Map<string, Pending>();
  #group: TreeGroup;
  /** `skip` follows a section header that could not be read. */
  #section: 'hosts' | 'children' | 'vars' | 'skip' = 'hosts';

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#group = reading.tree.group('ungrouped');
  }

  read(): void {
    const { text } = this.#reading.source;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      this.#line(text.slice(start, end), start);
      start = end + 1;
    }
    for (const [name, pending] of this.#pending) this.#undeclared(name, pending);
  }

  #line(raw: string, offset: number): void {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return;
    const start = offset + raw.indexOf(line.charAt(0));
    const header = SECTION.exec(line);
    if (header) this.#header(header[1] ?? '', header[2], start);
    else if (line.startsWith('[') && line.endsWith(']')) {
      this.#section = 'skip';
      const mend = 'write [group], [group:children] or [group:vars], without spaces';
      this.#problem('ini-section', `"${line}" is not a section`, this.#node(start, line), mend);
    } else if (this.#section === 'hosts') this.#hostLine(line, start);
    else if (this.#section === 'vars') this.#varLine(line, start);
    else if (this.#section === 'children') this.#childLine(line, start);
  }

  #header(name: string, kind: string | undefined, start: number): void {
    const section = kind ?? 'hosts';
    const node = this.#node(start + 1, name);
    if (section !== 'hosts' && section !== 'children' && section !== 'vars') {
      this.#section = 'skip';
      const at = this.#node(start + 2 + name.length, section);
      const wanted = nearest(section, ['hosts', 'children', 'vars']);
      const mend = wanted ? `did you mean [${name}:${wanted}]?` : 'a section ends in :hosts, :children or :vars';
      this.#problem('ini-section', `section [${name}:${section}] has the unknown type "${section}"`, at, mend);
      return;
    }
    this.#section = section;
    if (section === 'vars' && !this.#reading.tree.groups.has(name) && !this.#pending.has(name)) {
      this.#pending.set(name, { at: node, section, parents: [] });
    }
    this.#group = this.#reading.tree.group(name);
    if (section !== 'vars') this.#declare(name, this.#group);
  }

  /** The group's own section has come: it becomes the child of those who named it before. */
  #declare(name: string, group: TreeGroup): void {
    const pending = this.#pending.get(name);
    if (!pending) return;
    for (const parent of pending.parents) this.#link(parent, group, pending.at);
    this.#pending.delete(name);
  }

  #childLine(line: string, start: number): void {
    const name = GROUP_LINE.exec(line)?.[1];
    if (name === undefined) {
      const mend = `a [${this.#group.name}:children] section holds one group name on each line`;
      this.#problem('ini-child', `"${line}" is not a group name`, this.#node(start, line), mend);
      return;
    }
    const node = this.#node(start, name);
    const child = this.#reading.tree.groups.get(name);
    const pending = this.#pending.get(name);
    if (child) this.#link(this.#group, child, node);
    else if (pending) pending.parents.push(this.#group);
    else this.#pending.set(name, { at: node, section: 'children', parents: [this.#group] });
  }

  #link(parent: TreeGroup, child: TreeGroup, node: ScalarNode): void {
    const problem = this.#reading.tree.link(parent, child, this.#place(node));
    if (problem) this.#reading.problems.push(problem);
  }

  #varLine(line: string, start: number): void {
    const equals = line.indexOf('=');
    if (equals < 0) {
      const mend = `a [${this.#group.name}:vars] section holds one key=value on each line`;
      this.#problem('ini-variable', `"${line}" is not key=value`, this.#node(start, line), mend);
      return;
    }
    const text = line.slice(equals + 1).trim();
    const at = start + line.length - (text === '' ? 0 : line.slice(equals + 1).trimStart().length);
    const assignment = this.#assignment(line.slice(0, equals).trim(), text, at, at + text.length);
    const problem = this.#reading.tree.setGroupVar(this.#group, assignment);
    if (problem) this.#reading.problems.push(problem);
  }

  #hostLine(line: string, start: number): void {
    try {
      const [host, ...words] = splitWords(line);
      if (!host) return;
      const node = this.#node(start + host.start, line.slice(host.start, host.end));
      if (host.value === '---') {
        this.#problem('ini-host', '"---" is not a host', node, 'name the file .yml if it is YAML');
        return;
      }
      const vars: Assignment[] = [];
      for (const word of words) {
        const equals = word.value.indexOf('=');
        if (equals < 0) {
          const at = this.#node(start + word.start, line.slice(word.start, word.end));
          const mend = 'variables follow the host as key=value; quote a value that holds spaces';
          this.#problem('ini-variable', `"${word.value}" is not key=value`, at, mend);
          continue;
        }
        const from = line.indexOf('=', word.start) + 1;
        const quoted = /["']/.test(line.charAt(from)) && line.charAt(from) === line.charAt(word.end - 1) ? 1 : 0;
        const text = word.value.slice(equals + 1);
        const [first, last] = [start + from + quoted, start + word.end - quoted];
        vars.push(this.#assignment(word.value.slice(0, equals), text, first, last));
      }
      addHosts(this.#reading, this.#group, host.value, vars, () => this.#place(node));
    } catch (thrown) {
      if (!(thrown instanceof UnclosedQuote)) throw thrown;
      this.#problem('ini-quote', thrown.message, this.#node(start + thrown.index, line.charAt(thrown.index)));
    }
  }

  #assignment(key: string, text: string, start: number, end: number): Assignment {
    const value = readLiteral(text);
    const scalar = typeof value === 'object' && value !== null ? text : value;
    const node: ScalarNode = {
      kind: 'scalar',
      source: this.#reading.source,
      start,
      end,
      text,
      value: scalar,
      style: 'plain',
    };
    return { key, value, node };
  }

  #node(start: number, text: string): ScalarNode {
    const { source } = this.#reading;
    return { kind: 'scalar', source, start, end: start + text.length, text, value: text, style: 'plain' };
  }

  #place(node: ScalarNode) {
    return placeOf(node, 0, Math.max(1, node.end - node.start));
  }

  #undeclared(name: string, { at, section, parents }: Pending): void {
    const declared = [...this.#reading.tree.groups.keys()].filter((group) => group !== name);
    const meant = nearest(name, declared);
    const mend = meant ? `did you mean "${meant}"?` : `declare it with a section [${name}]`;
    const what =
      section === 'vars'
        ? `section [${name}:vars] is for group "${name}", which is not declared`
        : `group "${parents.at(-1)?.name}" has the child "${name}", which is not declared`;
    this.#problem('unknown-group', what, at, mend);
  }

  #problem(code: string, what: string, node: ScalarNode, mend?: string): void {
    this.#reading.problems.push(new Problem({ code, what, at: this.#place(node), mend }));
  }
}
