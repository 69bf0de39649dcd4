import { unknownPattern } from '../inventory/pattern.ts';
import type { Item, Play } from '../playbook/model.ts';
import type { Problem } from '../problem.ts';
import { Clock } from '../run/clock.ts';
import { RunHost } from '../run/host.ts';
import { HostVars } from '../run/magic.ts';
import type { Run } from '../run/options.ts';
import { hostsOf, loadAll } from '../run/run.ts';
import { itemSelected, tagsOf } from '../run/tags.ts';
import type { PlayOptions } from './options.ts';

/** What --list-hosts, --list-tasks, --list-tags and --syntax-check print. Contacts no host. */
export async function listing(
  playbooks: readonly string[],
  options: PlayOptions,
  run: Run,
  warn: (problem: Problem) => void,
): Promise<string> {
  const lines: string[] = [];
  for (const playbook of playbooks) {
    const plays = (await loadAll([playbook], run)).flatMap((one) => one.plays);
    lines.push('', `playbook: ${playbook}`);
    if (options.syntaxCheck && !options.listHosts && !options.listTasks && !options.listTags) continue;
    for (const [index, play] of plays.entries()) lines.push(...playLines(play, index, options, run, warn));
  }
  return `${lines.join('\n')}\n`;
}

function playLines(
  play: Play,
  index: number,
  options: PlayOptions,
  run: Run,
  warn: (problem: Problem) => void,
): string[] {
  const render = renderer(run);
  const pattern = String(render(play.hosts));
  const tags = sorted(tagsOf(play.keywords.tags.map(render)));
  const name = play.name ? String(render(play.name)) : pattern;
  const lines = ['', `  play #${index + 1} (${pattern}): ${name}\tTAGS: [${tags.join(', ')}]`];
  if (options.listHosts) {
    const { hosts, unknown } = hostsOf(play, run);
    // No more than a warning, as in the run itself.
    for (const name of unknown) warn(unknownPattern(run.inventory, name, play.at));
    lines.push(
      `    pattern: ['${pattern}']`,
      `    hosts (${hosts.length}):`,
      ...hosts.map((host) => `      ${host.name}`),
    );
  }
  const items = [...play.preTasks, ...play.roles, ...play.tasks, ...play.postTasks].flatMap(leaves);
  const chosen = (only: readonly string[]) => items.filter((item) => itemSelected(item, render, only, run.skipTags));
  if (options.listTasks) {
    lines.push(
      '    tasks:',
      ...chosen(run.tags).map(
        (item) => `      ${titleOf(item)}\tTAGS: [${sorted(tagsOf(item.keywords.tags.map(render))).join(', ')}]`,
      ),
    );
  }
  if (options.listTags) {
    // Those of tasks that run only when their tag is asked for are listed too.
    const only = run.tags.length + run.skipTags.length > 0 ? run.tags : ['all', 'never'];
    const all = chosen(only).flatMap((item) => tagsOf(item.keywords.tags.map(render)));
    lines.push(`      TASK TAGS: [${sorted(all).join(', ')}]`);
  }
  return lines;
}

const sorted = (tags: readonly string[]): string[] => [...new Set(tags)].sort();

function leaves(item: Item): Exclude<Item, { kind: 'block' }>[] {
  return item.kind === 'block' ? [...item.block, ...item.rescue, ...item.always].flatMap(leaves) : [item];
}

function titleOf(item: Exclude<Item, { kind: 'block' }>): string {
  const role = item.keywords.role ? `${item.keywords.role.name} : ` : '';
  const name = item.name?.kind === 'scalar' ? item.name.text : item.kind === 'task' ? item.module : item.kind;
  return `${role}${name}`;
}

function renderer(run: Run): (node: Play['hosts']) => ReturnType<Run['expressions']['renderNode']> {
  const scope = new HostVars(run, () => undefined).scope(
    new RunHost({ name: 'localhost', groups: [], implicit: true }, new Clock()),
  );
  return (node) => run.expressions.renderNode(node, scope);
}
