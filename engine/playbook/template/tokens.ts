/** What a template is cut into. Offsets are into the template's text. */
export interface Token {
  kind: 'text' | 'name' | 'string' | 'integer' | 'float' | 'operator' | 'open' | 'close' | 'end';
  value: string;
  start: number;
  end: number;
  /** For open and close: which delimiters. */
  tag?: 'block' | 'variable';
}

/** Delimiters and white space rules, under the names of Ansible's template module. */
export interface Syntax {
  trimBlocks: boolean;
  lstripBlocks: boolean;
  /** A backslash in a text between braces is one, as Ansible has it in playbooks; in template files it escapes. */
  literalBackslashes: boolean;
  block: readonly [string, string];
  variable: readonly [string, string];
  comment: readonly [string, string];
}

/** Jinja's delimiters with Ansible's defaults. */
export const DEFAULT_SYNTAX: Syntax = {
  trimBlocks: true,
  lstripBlocks: false,
  literalBackslashes: false,
  block: ['{%', '%}'],
  variable: ['{{', '}}'],
  comment: ['{#', '#}'],
};

/** How a template inside a YAML file is read. */
export const PLAYBOOK_SYNTAX: Syntax = { ...DEFAULT_SYNTAX, literalBackslashes: true };

/** A template that cannot be read; `offset` is where. */
export class SyntaxProblem extends Error {
  readonly offset: number;
  readonly length: number;
  constructor(message: string, offset: number, length = 1) {
    super(message);
    this.offset = offset;
    this.length = length;
  }
}
