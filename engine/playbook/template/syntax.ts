import type { Numeral } from '../../numeral.ts';

/** Expressions of Jinja2. `at` is the offset of the node in the template's text. */
export type Expression = { at: number } & (
  | { kind: 'literal'; value: null | boolean | number | string | Numeral; float?: boolean; template?: boolean }
  | { kind: 'name'; name: string }
  | { kind: 'list' | 'tuple'; items: Expression[] }
  | { kind: 'dict'; pairs: [Expression, Expression][] }
  | { kind: 'member'; object: Expression; key: Expression; dotted: boolean }
  | { kind: 'slice'; object: Expression; from?: Expression; to?: Expression; step?: Expression }
  | { kind: 'call'; callee: Expression; args: Arguments }
  | { kind: 'filter'; name: string; value: Expression; args: Arguments }
  | { kind: 'test'; name: string; value: Expression; args: Arguments; negated: boolean }
  | { kind: 'not' | 'negative' | 'positive'; value: Expression }
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'compare'; first: Expression; rest: { operator: string; value: Expression }[] }
  | { kind: 'if'; condition: Expression; value: Expression; otherwise?: Expression }
);

export interface Arguments {
  positional: Expression[];
  named: [string, Expression][];
}

export interface Parameter {
  name: string;
  value?: Expression;
}

/** Names a loop binds; a list of them takes an item apart. */
export type Targets = (string | Targets)[];

/** Statements of Jinja2. */
export type Statement = { at: number } & (
  | { kind: 'text'; value: string }
  | { kind: 'output'; value: Expression }
  | { kind: 'if'; branches: { condition: Expression; body: Statement[] }[]; otherwise: Statement[] }
  | {
      kind: 'for';
      targets: Targets;
      /** The body may call `loop` for the items below. */
      recursive?: boolean;
      items: Expression;
      condition?: Expression;
      body: Statement[];
      otherwise: Statement[];
    }
  | { kind: 'set'; targets: Expression[]; value: Expression }
  | { kind: 'capture'; target: Expression; body: Statement[]; filters: { name: string; args: Arguments }[] }
  | { kind: 'macro'; name: string; parameters: Parameter[]; body: Statement[] }
  | { kind: 'call'; call: Expression; parameters: Parameter[]; body: Statement[] }
  | { kind: 'filter'; filters: { name: string; args: Arguments; at: number }[]; body: Statement[] }
  | { kind: 'with'; values: [string, Expression][]; body: Statement[] }
  | { kind: 'include'; file: Expression; optional: boolean; context: boolean }
  | { kind: 'import'; file: Expression; name: string; context: boolean }
  | { kind: 'from'; file: Expression; names: [string, string][]; context: boolean }
  | { kind: 'block'; name: string; body: Statement[] }
  | { kind: 'extends'; file: Expression }
);
