import { isVerbatim, type Mapping } from '../value.ts';
import type { Found } from './expression.ts';
import type { LoopScope } from './loopitems.ts';
import type { Keywords, RoleUse } from './model.ts';
import { type Reading, textOf } from './reading.ts';
import type { Node } from './yaml.ts';

/** The variables that are known before the run, highest first: those of the command line, of what surrounds, of the play. */
export class Known implements LoopScope {
  readonly cache = new Map();
  readonly paths = { folders: [] };
  readonly #layers: readonly Mapping[];

  constructor(layers: readonly Mapping[]) {
    this.#layers = layers;
  }

  lookup(name: string): Found | undefined {
    const layer = this.#layers.find((one) => Object.hasOwn(one, name));
    const value = layer?.[name];
    return layer === undefined || value === undefined ? undefined : { value, template: !isVerbatim(layer, name) };
  }

  with(local: Mapping): Known {
    return new Known([local, ...this.#layers]);
  }

  names(): string[] {
    return this.#layers.flatMap(Object.keys);
  }
}

/** A name that is read before the run, its templates rendered with what is known by then; undefined with a complaint. */
export function staticText(
  reading: Reading,
  node: Node,
  around: { keywords: Keywords; playVars: Mapping },
  mend: string,
): string | undefined {
  const text = textOf(node);
  if (text === undefined || !reading.expressions.isTemplate(text)) return text;
  const { keywords, playVars } = around;
  const { params = {}, above = {} } = keywords.role ?? {};
  const own = [...keywords.vars].reverse().map((layer) => layer.vars);
  const { vars, defaults } = roleLayers(keywords.role);
  const layers = [reading.extraVars, ...own, params, above, ...vars, playVars, ...defaults];
  try {
    return String(reading.expressions.renderNode(node, new Known(layers)));
  } catch {
    reading.complain(node, 'static-template', `"${text}" is not known before the run`, {
      why: 'it is read then, with the variables of the play, of the role, of what is around it, and of -e',
      mend,
    });
    return undefined;
  }
}

/** A role's own variables, those of the roles it depends on, the last of them first. A role that is being read has none yet. */
function roleLayers(role: Partial<RoleUse> | undefined): { vars: Mapping[]; defaults: Mapping[] } {
  const { vars = {}, defaults = {}, dependencies = [] } = role ?? {};
  const below = [...dependencies].reverse().map(roleLayers);
  return {
    vars: [vars, ...below.flatMap((one) => one.vars)],
    defaults: [defaults, ...below.flatMap((one) => one.defaults)],
  };
}
