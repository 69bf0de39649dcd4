import { readTruth } from '../value.ts';
import type { Reading } from './reading.ts';
import type { Node } from './yaml.ts';

/** What may be written for keywords that take no free text; what a template comes to is judged when it is rendered. */
const KINDS: Record<string, { fits: (text: string) => boolean; is: string }> = {
  ...Object.fromEntries(
    [
      ...['become', 'delegate_facts', 'run_once', 'ignore_errors', 'ignore_unreachable', 'any_errors_fatal'],
      ...['no_log', 'check_mode', 'diff', 'gather_facts', 'force_handlers'],
    ].map((keyword) => [keyword, { fits: (text) => readTruth(text) !== undefined, is: 'true or false' }]),
  ),
  ...Object.fromEntries(
    ['port', 'timeout', 'throttle', 'retries'].map((keyword) => [
      keyword,
      { fits: (text) => /^-?\d+$/.test(text), is: 'a whole number' },
    ]),
  ),
  delay: { fits: (text) => /^\d+(\.\d+)?$/.test(text), is: 'a number of seconds' },
  max_fail_percentage: { fits: (text) => /^\d+(\.\d+)?%?$/.test(text), is: 'a percentage' },
};

/** Complains of a keyword whose value is of the wrong kind: one that is not understood would be ignored. */
export function checkKind(reading: Reading, keyword: string, node: Node | undefined): void {
  const kind = KINDS[keyword];
  if (!kind || !node || (node.kind === 'scalar' && (node.tag !== undefined || node.text === ''))) return;
  if (node.kind === 'scalar' && (node.value === null || reading.expressions.isTemplate(node.text))) return;
  if (node.kind === 'scalar' && kind.fits(node.text.trim())) return;
  const given = node.kind === 'scalar' ? JSON.stringify(node.text) : node.kind === 'list' ? 'a list' : 'a dictionary';
  reading.complain(node, 'wrong-type', `${keyword} must be ${kind.is}, not ${given}`);
}
