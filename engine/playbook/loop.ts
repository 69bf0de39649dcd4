import { asProblem } from '../problem.ts';
import { isTemplated } from './expression.ts';
import { conditionsOf } from './keywords.ts';
import { itemsOf } from './loopitems.ts';
import type { Loop } from './model.ts';
import { complainOfName, isName } from './names.ts';
import { isTrue, type Reading, textOf } from './reading.ts';
import { Known } from './static.ts';
import { type MapNode, member, type Node, placeOf } from './yaml.ts';

/** What is worked out before the run cannot hold a template. */
function plainOnly(reading: Reading, node: Node | undefined, key: string): void {
  if (node && reading.expressions.isTemplate(textOf(node) ?? ''))
    reading.complain(node, 'static-template', `${key} is read before the run, and holds a template`);
}

/** Loops whose items depend on nothing but what is written. */
const FROM_TEXT = [
  ...['loop', 'with_items', 'with_dict', 'with_list', 'with_indexed_items', 'with_nested', 'with_together'],
  ...['with_subelements', 'with_sequence'],
];

/** Complains of what cannot be looped over, where no template is in the way. */
function itemsAhead(reading: Reading, style: string, items: Node): void {
  if (!FROM_TEXT.includes(style) || isTemplated(items, reading.expressions)) return;
  try {
    itemsOf(reading.expressions, { style, items }, new Known([]));
  } catch (thrown) {
    reading.problems.push(asProblem(thrown).placed(placeOf(items)));
  }
}

const LOOP_CONTROL = ['loop_var', 'index_var', 'label', 'pause', 'extended', 'extended_allitems', 'break_when'];

function loopName(reading: Reading, key: string, node: Node | undefined): void {
  const name = textOf(node);
  if (!node || (name !== undefined && (isName(name) || reading.expressions.isTemplate(name)))) return;
  complainOfName(reading, node, `${key} needs a variable name${name === undefined ? '' : `, and "${name}" is none`}`);
}

/** The loop of a task or include, or undefined. */
export function readLoop(reading: Reading, map: MapNode): Loop | undefined {
  const styles = map.entries.map(({ key }) => key.text).filter((key) => key === 'loop' || /^with_/.test(key));
  const [style, second] = styles;
  if (!style) return undefined;
  const items = member(map, style) as Node;
  // As in Ansible, `loop:` with nothing after it is no loop.
  if (style === 'loop' && items.kind === 'scalar' && items.value === null) return undefined;
  if (second)
    reading.complain(
      member(map, second) as Node,
      'several-loops',
      `a task has one loop, and this one has ${style} and ${second}`,
    );
  if (items.kind === 'scalar' && items.value === null) reading.complain(items, 'wrong-type', `${style} needs a value`);
  else itemsAhead(reading, style, items);
  reading.templates(items);
  const control = member(map, 'loop_control');
  if (control?.kind === 'map') reading.keys(control, 'loop_control', { has: LOOP_CONTROL, later: [] });
  else if (control) reading.complain(control, 'wrong-type', 'loop_control must be a dictionary');
  const of = (key: string): Node | undefined => (control?.kind === 'map' ? member(control, key) : undefined);
  for (const key of ['loop_var', 'index_var']) loopName(reading, key, of(key));
  const [label, pause, indexVar] = [of('label'), of('pause'), textOf(of('index_var'))];
  const allItems = of('extended_allitems');
  const breakWhen = control?.kind === 'map' ? conditionsOf(reading, control, 'break_when') : [];
  reading.templates(label);
  for (const key of ['extended', 'extended_allitems']) plainOnly(reading, of(key), key);
  return {
    style,
    items,
    loopVar: textOf(of('loop_var')) ?? 'item',
    ...(indexVar === undefined ? {} : { indexVar }),
    ...(label ? { label } : {}),
    ...(pause ? { pause } : {}),
    ...(isTrue(of('extended')) ? { extended: !allItems || isTrue(allItems) ? 'all' : 'bare' } : {}),
    ...(breakWhen.length > 0 ? { breakWhen } : {}),
  };
}
