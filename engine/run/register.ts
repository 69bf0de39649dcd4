import { formatProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import type { Mapping, Value } from '../value.ts';

/** A result as `register` keeps it, under Ansible's names. */
export function registered(result: TaskResult): Mapping {
  switch (result.status) {
    case 'ok':
      return { changed: false, failed: false, ...result.returns };
    case 'changed':
      return { changed: true, failed: false, ...result.returns };
    case 'skipped':
      return { changed: false, skipped: true, skip_reason: result.why, ...result.returns };
    case 'failed':
      return {
        changed: false,
        failed: true,
        msg: result.problem.what,
        exception: formatProblem(result.problem),
        ...result.returns,
      };
    case 'unreachable':
      return { changed: false, failed: false, unreachable: true, msg: result.problem.what };
    default:
      return result satisfies never;
  }
}

/** One loop item's result with the item it was for. */
export interface ItemResult {
  result: TaskResult;
  registered: Mapping;
  /** What the loop gave it: the item, its index, ansible_loop. */
  further: Mapping;
}

/** The result of a whole loop: failed if an item failed, changed if one changed, skipped if all were. */
export function loopResult(items: readonly ItemResult[]): { result: TaskResult; registered: Mapping } {
  const results: Value[] = items.map(({ registered: one, further }) => ({ ...one, ...further }));
  const result = alsoChanged(summary(items.map((item) => item.result)), items);
  const changed = result.status === 'changed';
  if (items.length === 0) {
    return { result, registered: { changed, skipped: true, skipped_reason: 'No items in the list', results } };
  }
  const msg =
    result.status === 'failed'
      ? 'One or more items failed'
      : result.status === 'skipped'
        ? 'All items skipped'
        : 'All items completed';
  const base = registered(result);
  return { result, registered: { ...pick(base), msg, results } };
}

/** A loop that failed has changed something where one of its items did. */
function alsoChanged(result: TaskResult, items: readonly ItemResult[]): TaskResult {
  if (result.status !== 'failed' || !items.some(({ registered: one }) => one['changed'] === true)) return result;
  return { ...result, returns: { ...result.returns, changed: true } };
}

const pick = ({ changed, failed, skipped, unreachable }: Mapping): Mapping => ({
  changed: changed ?? false,
  failed: failed ?? false,
  skipped: skipped ?? false,
  ...(unreachable === undefined ? {} : { unreachable }),
});

function summary(results: readonly TaskResult[]): TaskResult {
  const unreachable = results.find((result) => result.status === 'unreachable');
  if (unreachable) return unreachable;
  const failed = results.find((result) => result.status === 'failed');
  if (failed) return failed;
  const changes = results.flatMap((result) => (result.status === 'changed' ? result.changes : []));
  if (results.some((result) => result.status === 'changed')) return { status: 'changed', changes, returns: {} };
  if (results.length === 0) return { status: 'skipped', why: 'the loop has no items', returns: {} };
  if (results.every((result) => result.status === 'skipped')) {
    return { status: 'skipped', why: 'all items were skipped', returns: {} };
  }
  return { status: 'ok', returns: {} };
}
