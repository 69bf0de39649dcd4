import type { VarPrompt } from './model.ts';
import { listOf, type Reading, textOf } from './reading.ts';
import { type MapNode, member, placeOf } from './yaml.ts';

const WORDS = {
  has: ['name', 'prompt', 'default', 'private', 'confirm', 'unsafe'],
  later: ['encrypt', 'salt', 'salt_size'],
};

/** The variables that a play asks for. */
export function readPrompts(reading: Reading, map: MapNode): VarPrompt[] {
  return listOf(member(map, 'vars_prompt')).flatMap((node) => {
    const name = node.kind === 'map' ? textOf(member(node, 'name')) : undefined;
    if (node.kind !== 'map' || name === undefined) {
      reading.complain(node, 'wrong-type', 'an entry of vars_prompt is a dictionary with the name of a variable', {
        mend: 'write - name: VARIABLE, and prompt: with the question under it',
      });
      return [];
    }
    reading.keys(node, 'vars_prompt', WORDS);
    reading.templates(node);
    const of = (key: string) => {
      const value = member(node, key);
      return value === undefined || (value.kind === 'scalar' && value.value === null) ? {} : { [key]: value };
    };
    return [{ name, at: placeOf(node), ...Object.assign({}, ...WORDS.has.slice(1).map(of)) } as VarPrompt];
  });
}
