import { nearest } from '../problem.ts';
import { SPEC_TYPES } from './argspec.ts';
import { type Reading, textOf } from './reading.ts';
import { type MapNode, member, type Node } from './yaml.ts';

/** What is said of an option of a role's argument spec. */
const OPTION = {
  has: [
    'type',
    'required',
    'default',
    'description',
    'choices',
    'elements',
    'options',
    'aliases',
    'no_log',
    'version_added',
    'deprecated_aliases',
    'removed_in_version',
    'removed_at_date',
    'removed_from_collection',
  ],
  later: ['mutually_exclusive', 'required_together', 'required_one_of', 'required_if', 'required_by', 'apply_defaults'],
};

/** Refuses in the options of an argument spec what would not be checked. */
export function checkSpec(reading: Reading, options: Node | undefined): void {
  if (options?.kind !== 'map') return;
  for (const { value } of options.entries) if (value.kind === 'map') checkOption(reading, value);
}

function checkOption(reading: Reading, option: MapNode): void {
  reading.keys(option, 'spec option', OPTION);
  for (const key of ['type', 'elements']) {
    const node = member(option, key);
    const type = textOf(node);
    if (!node || (type !== undefined && SPEC_TYPES.includes(type))) continue;
    const near = nearest(type ?? '', SPEC_TYPES);
    reading.complain(node, 'unknown-type', `there is no type "${type ?? ''}"`, {
      mend: near ? `did you mean "${near}"?` : `use one of ${SPEC_TYPES.join(', ')}`,
    });
  }
  checkSpec(reading, member(option, 'options'));
}
