import { readTruth } from '../value.ts';
import type { Reading } from './reading.ts';
import { FLAGS, INTEGERS } from './words.ts';
import type { Node } from './yaml.ts';

interface Kind {
  fits: (text: string) => boolean;
  is: string;
  /** A list of such values is right too. */
  list?: true;
  mend?: string;
}

const like = (form: RegExp) => (text: string) => form.test(text);

const FLAG: Kind = { fits: (text) => readTruth(text) !== undefined, is: 'true or false' };
const INTEGER: Kind = { fits: like(/^-?\d+$/), is: 'a whole number' };

/** What may be written for keywords that take no free text; what a template comes to is judged when it is rendered. */
const KINDS: Record<string, Kind> = {
  ...Object.fromEntries(FLAGS.map((keyword) => [keyword, FLAG])),
  ...Object.fromEntries(INTEGERS.map((keyword) => [keyword, INTEGER])),
  delay: { fits: like(/^\d+(\.\d+)?$/), is: 'a number of seconds' },
  serial: {
    fits: like(/^(-?\d+|\d+(\.\d+)?%)$/),
    is: 'a number of hosts, a percentage, or a list of those',
    list: true,
    mend: 'write 2, or "30%", or [1, "30%"]',
  },
  order: {
    fits: like(/^(inventory|reverse_inventory|sorted|reverse_sorted|shuffle)$/),
    is: 'inventory, reverse_inventory, sorted, reverse_sorted or shuffle',
  },
  ...Object.fromEntries(
    ['name', 'delegate_to', 'become_user', 'become_flags', 'become_exe', 'remote_user'].map((keyword) => [
      keyword,
      { fits: () => true, is: 'a text' },
    ]),
  ),
  hosts: { fits: () => true, is: 'a pattern of hosts, or a list of those', list: true },
  tags: { fits: () => true, is: 'a tag, or a list of tags', list: true },
  become_method: { fits: like(/^(ansible\.builtin\.)?(sudo|su)$/), is: 'sudo or su' },
  connection: {
    fits: like(/^(ansible\.builtin\.)?(ssh|smart|ssh2|openssh|local)$/),
    is: 'ssh, openssh or local',
  },
  max_fail_percentage: { fits: like(/^\d+(\.\d+)?%?$/), is: 'a percentage' },
};

/** What is wrong with the text of a keyword, for a problem; undefined where nothing is. */
export function kindFault(keyword: string, text: string): { what: string; mend?: string | undefined } | undefined {
  const kind = KINDS[keyword];
  return !kind || kind.fits(text.trim()) ? undefined : faultOf(keyword, kind, JSON.stringify(text));
}

const faultOf = (keyword: string, { is, mend }: Kind, given: string): { what: string; mend: string | undefined } => ({
  what: `${keyword} must be ${is}, not ${given}`,
  mend,
});

/** Complains of a keyword whose value is of the wrong kind: one that is not understood would be ignored. */
export function checkKind(reading: Reading, keyword: string, node: Node | undefined): void {
  const kind = KINDS[keyword];
  if (!kind || !node) return;
  if (kind.list && node.kind === 'list') for (const item of node.items) checkOne(reading, keyword, kind, item);
  else checkOne(reading, keyword, kind, node);
}

function checkOne(reading: Reading, keyword: string, kind: Kind, node: Node): void {
  if (node.kind === 'scalar' && (node.tag !== undefined || node.text === '')) return;
  if (node.kind === 'scalar' && (node.value === null || reading.expressions.isTemplate(node.text))) return;
  if (node.kind === 'scalar' && kind.fits(node.text.trim())) return;
  const given = node.kind === 'scalar' ? JSON.stringify(node.text) : node.kind === 'list' ? 'a list' : 'a dictionary';
  const { what, mend } = faultOf(keyword, kind, given);
  reading.complain(node, 'wrong-type', what, { mend });
}
