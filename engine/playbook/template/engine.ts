import { readFileSync } from 'node:fs';
import type { Problem } from '../../problem.ts';
import {
  isVerbatim,
  keepOrder,
  Lookup,
  type Mapping,
  mappingOf,
  membersOf,
  Numeral,
  OMIT,
  type Value,
  withoutOmitted,
} from '../../value.ts';
import type { Expressions, Scope } from '../expression.ts';
import { keysIn, keyText } from '../node.ts';
import { Vault } from '../vault.ts';
import { type Node, nodeOf, type Source } from '../yaml.ts';
import { aboutTemplate } from './about.ts';
import { unknownNames } from './check.ts';
import { conditionIn, emptyCondition, isAllTemplate, notBoolean, withoutBraces } from './condition.ts';
import { NO_LOCALS } from './locals.ts';
import { withLastNewlines, withoutLastNewline } from './newlines.ts';
import { parseExpression } from './parser.ts';
import { problemIn, problemWithin } from './place.ts';
import { concat, joined } from './print.ts';
import { plain, UseProblem } from './python.ts';
import { runTemplate } from './run.ts';
import { ScopeEvaluator } from './scope.ts';
import { parseTemplate } from './statements.ts';
import type { Expression, Statement } from './syntax.ts';
import { DEFAULT_SYNTAX, PLAYBOOK_SYNTAX, type Syntax } from './tokens.ts';

/** How many parsed templates are kept; a run has far fewer, unless a loop writes new ones. */
const KEPT = 20_000;

/** Jinja2's language as Ansible uses it, over the playbook's own values. */
class TemplateEngine implements Expressions {
  readonly #templates = new Map<string, readonly Statement[]>();
  readonly #files = new Map<string, readonly Statement[]>();
  readonly #conditions = new Map<string, Expression>();
  readonly #vault: Vault | undefined;

  constructor(vault?: Vault) {
    this.#vault = vault;
  }

  /** A file of the controller, opened when it is vaulted. */
  readText(path: string): string {
    const text = readFileSync(path, 'utf8');
    return Vault.isVaulted(text) ? (this.#vault ?? new Vault([])).open(text) : text;
  }

  isTemplate(text: string): boolean {
    return text.includes('{{') || text.includes('{%') || text.includes('{#') || text.startsWith('#jinja2:');
  }

  render(value: Value, scope: Scope, at?: Node): Value {
    return this.renderWith(value, new ScopeEvaluator(this, scope), at);
  }

  renderNode(node: Node, scope: Scope): Value {
    return this.#node(node, new ScopeEvaluator(this, scope), true);
  }

  /** `keys`: templates in the keys of the outermost dictionary are rendered too, as those of `set_fact` are. */
  #node(node: Node, evaluator: ScopeEvaluator, keys = false): Value {
    switch (node.kind) {
      case 'scalar':
        if (typeof node.value !== 'string' || node.tag !== undefined) return node.value;
        return this.#text(node.value, evaluator, node);
      case 'list':
        return node.items.map((item) => this.#node(item, evaluator)).filter((item) => item !== OMIT);
      case 'map': {
        const map: Mapping = {};
        for (const { key, value } of node.entries) {
          const member = this.#node(value, evaluator);
          if (member !== OMIT) map[keys ? String(this.#text(key.text, evaluator, key)) : keyText(key)] = member;
        }
        return keys ? map : keepOrder(map, () => keysIn(node));
      }
      default:
        return node satisfies never;
    }
  }

  /** Renders the templates inside a value; containers that were read from a file tell where an error stands. */
  renderWith(value: Value, evaluator: ScopeEvaluator, at?: Node): Value {
    if (typeof value === 'string')
      return at?.kind === 'scalar' && at.tag !== undefined ? value : this.#text(value, evaluator, at);
    if (typeof value !== 'object' || value === null || value instanceof Lookup || value instanceof Numeral)
      return value;
    const node = nodeOf(value) ?? at;
    if (node?.kind === 'list' || node?.kind === 'map') {
      if (nodeOf(value)) return this.#node(node, evaluator);
    }
    if (Array.isArray(value))
      return value.map((item) => this.renderWith(item, evaluator, at)).filter((item) => item !== OMIT);
    const members = membersOf(value).map(
      ([key, member]) =>
        [key, isVerbatim(value, String(key)) ? member : this.renderWith(member, evaluator, at)] as const,
    );
    return mappingOf(members.filter(([, member]) => member !== OMIT));
  }

  #text(text: string, evaluator: ScopeEvaluator, at: Node | undefined): Value {
    if (!this.isTemplate(text)) return text;
    try {
      const pieces = runTemplate({ statements: this.#parse(text), file: '' }, evaluator.stage);
      const rendered = plain(concat(pieces));
      const value = text.includes('omit') ? withoutOmitted(rendered) : rendered;
      return typeof value === 'string' ? withLastNewlines(value, text) : value;
    } catch (thrown) {
      throw problemIn(thrown, text, at);
    }
  }

  #parse(text: string): readonly Statement[] {
    return kept(this.#templates, text, () => parseTemplate(withoutLastNewline(text), PLAYBOOK_SYNTAX));
  }

  /** The statements of a template file's text. */
  parseFile(text: string, syntax: Syntax = DEFAULT_SYNTAX): readonly Statement[] {
    const key = JSON.stringify(syntax) + text;
    return kept(this.#files, key, () => parseTemplate(withoutLastNewline(text), syntax));
  }

  #condition(text: string): Expression {
    return kept(this.#conditions, text, () => parseExpression(text));
  }

  evaluate(expression: string, scope: Scope, at?: Node): Value {
    return this.#evaluate(expression, new ScopeEvaluator(this, scope), at);
  }

  #evaluate(expression: string, evaluator: ScopeEvaluator, at: Node | undefined): Value {
    try {
      return plain(evaluator.use(this.#condition(expression), NO_LOCALS));
    } catch (thrown) {
      throw problemIn(thrown, expression, at);
    }
  }

  holds(condition: Node | string | boolean, scope: Scope): boolean {
    const node = typeof condition === 'object' ? condition : undefined;
    const value = typeof condition !== 'object' ? condition : condition.kind === 'scalar' ? condition.value : [];
    const outcome = typeof value === 'string' ? this.#outcome(value, scope, node) : (value ?? true);
    if (typeof outcome === 'boolean') return outcome;
    throw notBoolean(outcome, node);
  }

  #outcome(condition: string, scope: Scope, node: Node | undefined): Value {
    if (condition.trim() === '') throw emptyCondition(node);
    const evaluator = new ScopeEvaluator(this, scope);
    evaluator.embedded = true;
    const expression = isAllTemplate(condition) ? conditionIn(condition, scope) : condition;
    if (expression !== undefined) return this.#evaluate(expression, evaluator, node);
    // Ansible warns of braces in a condition and takes what they render to.
    const rendered = this.render(condition, scope, node);
    if (rendered === null || rendered === '') throw emptyCondition(node);
    return rendered;
  }

  renderFile(text: string, file: string, scope: Scope, options: Readonly<Record<string, unknown>> = {}): string {
    const about = aboutTemplate(file, options['src'], options['dest']);
    const value = this.valueOfFile({ file, text }, new ScopeEvaluator(this, scope, file, about), options);
    const rendered = typeof value === 'string' ? value : withLastNewlines(joined([value]), text);
    const { newline_sequence: newline } = options;
    return typeof newline === 'string' && newline !== '\n' ? rendered.replaceAll('\n', newline) : rendered;
  }

  /** What a template file renders to: a file that is one expression keeps its type. */
  valueOfFile(source: Source, evaluator: ScopeEvaluator, options: Readonly<Record<string, unknown>>): unknown {
    try {
      const statements = this.parseFile(source.text, syntaxOf(options));
      const pieces = runTemplate({ statements, file: source.file }, evaluator.stage);
      const value = concat(pieces);
      if (value === OMIT) throw new UseProblem('omit is no text: it stands for a whole argument');
      return typeof value === 'string' ? withLastNewlines(value, source.text) : value;
    } catch (thrown) {
      throw problemWithin(thrown, source);
    }
  }

  check(node: Node): Problem[] {
    if (node.kind === 'list') return node.items.flatMap((item) => this.check(item));
    if (node.kind === 'map')
      return node.entries.flatMap(({ key, value }) => [...this.check(key), ...this.check(value)]);
    if (typeof node.value !== 'string' || node.tag !== undefined || !this.isTemplate(node.value)) return [];
    return this.#checked(node.value, node, () => this.#parse(node.text));
  }

  checkCondition(node: Node): Problem[] {
    if (node.kind === 'list') return node.items.flatMap((item) => this.checkCondition(item));
    if (node.kind === 'map' || typeof node.value !== 'string' || node.value.trim() === '') return [];
    if (isAllTemplate(node.value)) return this.check(node);
    return this.#checked(node.value, node, () => this.#condition(node.text)).map(withoutBraces);
  }

  checkFile(path: string, shown: string): Problem[] {
    const source = { file: shown, text: this.readText(path) };
    try {
      return [...unknownNames(this.parseFile(source.text))].map((problem) => problemWithin(problem, source));
    } catch (thrown) {
      return [problemWithin(thrown, source)];
    }
  }

  #checked(text: string, node: Node, parse: () => unknown): Problem[] {
    try {
      return [...unknownNames(parse())].map((problem) => problemIn(problem, text, node));
    } catch (thrown) {
      return [problemIn(thrown, text, node)];
    }
  }
}

/** What was parsed under this key before, or what is parsed now. */
function kept<T>(known: Map<string, T>, key: string, parse: () => T): T {
  const found = known.get(key);
  if (found) return found;
  const parsed = parse();
  if (known.size >= KEPT) known.clear();
  known.set(key, parsed);
  return parsed;
}

function syntaxOf(options: Readonly<Record<string, unknown>>): Syntax {
  const pair = (kind: 'block' | 'variable' | 'comment'): readonly [string, string] => [
    String(options[`${kind}_start_string`] ?? DEFAULT_SYNTAX[kind][0]),
    String(options[`${kind}_end_string`] ?? DEFAULT_SYNTAX[kind][1]),
  ];
  return {
    trimBlocks: (options['trim_blocks'] ?? true) === true,
    lstripBlocks: options['lstrip_blocks'] === true,
    literalBackslashes: false,
    block: pair('block'),
    variable: pair('variable'),
    comment: pair('comment'),
  };
}

/** The expressions of a run. Parsed templates are kept for its length; `vault` opens files that they read. */
export function createExpressions(vault?: Vault): Expressions {
  return new TemplateEngine(vault);
}
