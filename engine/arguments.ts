export { checkArguments } from './arguments/check.ts';
export { placeOfWritten, type Written } from './arguments/fault.ts';
export { parseKeyValue } from './arguments/keyvalue.ts';
export { resolveArguments, secretValues } from './arguments/resolve.ts';
export { separateArguments } from './arguments/separate.ts';
export { writtenIn } from './arguments/written.ts';

import type { Module } from './module.ts';
import type { Expressions } from './playbook/expression.ts';
import type { Node } from './playbook/yaml.ts';
import type { Problem } from './problem.ts';
import type { Mapping, Value } from './value.ts';

/** Checks arguments as written, before any host is contacted: names, and types and required ones where no template is in the way. */
export type CheckArguments = (module: Module, args: Node | undefined, expressions: Expressions) => Problem[];

/** Arguments written as text, one node each, before templates are rendered. */
export type SeparateArguments = (module: Module, args: Node) => Node;

/** Rendered arguments as the module takes them: aliases resolved, Ansible's conversions made (yes → true, "a,b" → list), defaults filled, checked. Throws a Problem placed at the argument. */
export type ResolveArguments = (module: Module, rendered: Value | undefined, args: Node | undefined) => Mapping;
