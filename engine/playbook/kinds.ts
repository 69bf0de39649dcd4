import type { Reading } from './reading.ts';
import type { Node } from './yaml.ts';

const FLAG = /^(y|yes|on|true|t|1|1\.0|n|no|off|false|f|0|0\.0)$/i;

/** What may be written for keywords that take no free text; what a template comes to is judged when it is rendered. */
const KINDS: Record<string, { form: RegExp; is: string }> = {
  ...Object.fromEntries(
    [
      ...['become', 'delegate_facts', 'run_once', 'ignore_errors', 'ignore_unreachable', 'any_errors_fatal'],
      ...['no_log', 'check_mode', 'diff', 'gather_facts', 'force_handlers'],
    ].map((keyword) => [keyword, { form: FLAG, is: 'true or false' }]),
  ),
  ...Object.fromEntries(
    ['port', 'timeout', 'throttle', 'retries'].map((keyword) => [keyword, { form: /^-?\d+$/, is: 'a whole number' }]),
  ),
  delay: { form: /^\d+(\.\d+)?$/, is: 'a number of seconds' },
  max_fail_percentage: { form: /^\d+(\.\d+)?%?$/, is: 'a percentage' },
};

/** Complains of a keyword whose value is of the wrong kind: one that is not understood would be ignored. */
export function checkKind(reading: Reading, keyword: string, node: Node | undefined): void {
  const kind = KINDS[keyword];
  if (!kind || !node || (node.kind === 'scalar' && (node.tag !== undefined || node.text === ''))) return;
  if (node.kind === 'scalar' && (node.value === null || reading.expressions.isTemplate(node.text))) return;
  if (node.kind === 'scalar' && kind.form.test(node.text.trim())) return;
  const given = node.kind === 'scalar' ? JSON.stringify(node.text) : node.kind === 'list' ? 'a list' : 'a dictionary';
  reading.complain(node, 'wrong-type', `${keyword} must be ${kind.is}, not ${given}`);
}
