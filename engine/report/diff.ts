import type { ChalkInstance } from 'chalk';
import { structuredPatch } from 'diff';
import { shownJson } from '../json.ts';
import type { Change } from '../result.ts';
import type { Value } from '../value.ts';

/** Changes as people read diffs: lines of text with - and +, single values as before → after. */
export function changeLines(changes: readonly Change[], paint: ChalkInstance): string[] {
  return changes.flatMap((change) => {
    if (change.secret) return [`${change.key}: <hidden> → <hidden>`];
    if (change.text) return textLines(change, paint);
    return [`${change.key}: ${paint.red(shown(change.before))} → ${paint.green(shown(change.after))}`];
  });
}

function textLines(change: Change, paint: ChalkInstance): string[] {
  const [before, after] = [change.before, change.after].map((side) => (typeof side === 'string' ? side : ''));
  const patch = structuredPatch(change.key, change.key, before ?? '', after ?? '', undefined, undefined, {
    context: 3,
  });
  const lines = [paint.red(`--- ${change.key} (before)`), paint.green(`+++ ${change.key} (after)`)];
  for (const hunk of patch.hunks) {
    lines.push(paint.cyan(`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`));
    for (const line of hunk.lines)
      lines.push(line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : line);
  }
  return lines;
}

const shown = (value: Value): string =>
  value === null ? '(absent)' : typeof value === 'string' ? value : shownJson(value);
