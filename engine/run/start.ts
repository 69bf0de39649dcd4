import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Play, Task } from '../playbook/model.ts';
import type { MapNode, Node, ScalarNode } from '../playbook/yaml.ts';
import { placeOf } from '../playbook/yaml.ts';
import { asProblem, Problem } from '../problem.ts';
import type { Mapping, Value } from '../value.ts';
import type { RunHost } from './host.ts';
import { flag } from './item.ts';
import type { PlayRun } from './play.ts';

/** The hosts of a batch whose facts a play starts with: `gather_facts` may be a template, and is asked for each of them. */
export function gatheredOf(played: PlayRun, batch: readonly RunHost[]): readonly RunHost[] {
  const { gatherFacts, keywords } = played.play;
  if (!gatherFacts) return batch;
  return batch.filter((host) => flag(played, gatherFacts, played.scopeOf(keywords, host)) ?? true);
}

/** The setup task a play starts with. */
export async function gatherTask({ play, run }: PlayRun): Promise<Task> {
  const spec = await run.registry.find('setup');
  if (!spec) throw new Problem({ code: 'bug', what: 'there is no module "setup"' });
  const args = play.gatherSubset && argument('gather_subset', play.gatherSubset);
  const defaults = play.keywords.moduleDefaults?.get('setup');
  return {
    kind: 'task',
    at: play.at,
    moduleAt: play.at,
    folder: play.folder,
    name: textNode('Gathering Facts', play.hosts),
    module: 'setup',
    spec,
    keywords: { ...play.keywords, ...gatherTags(play) },
    ...(args === undefined ? {} : { args }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

/** Facts are gathered whatever tags are asked for, unless the play has tags of its own. */
const gatherTags = ({ keywords, hosts }: Play): Pick<Play['keywords'], 'tags'> => ({
  tags: keywords.tags.length > 0 ? keywords.tags : [textNode('always', hosts)],
});

function textNode(text: string, like: Node): ScalarNode {
  const { source, start, end } = like;
  return { kind: 'scalar', value: text, text, style: 'plain', source, start, end };
}

function argument(name: string, value: Node): MapNode {
  const { source, start, end } = value;
  return { kind: 'map', entries: [{ key: textNode(name, value), value }], source, start, end };
}

/**
 * Reads the play's vars_files for each host. A name that needs facts waits until they are gathered (`complete`).
 */
export function refreshVarsFiles(played: PlayRun, hosts: readonly RunHost[], complete: boolean): void {
  for (const host of hosts) {
    if (host.standing !== 'alive') continue;
    // Those of an earlier play count no more.
    if (host.varsFiles.length > 0 && played.play.varsFiles.length === 0) {
      host.varsFiles = [];
      host.forgetRendered();
    }
    const read: Mapping[] = [];
    for (const node of played.play.varsFiles) {
      const vars = readOne(played, node, host, complete);
      if (vars) read.unshift(vars);
      // Each file may use the variables of those before it.
      host.varsFiles = [...read];
      host.forgetRendered();
    }
  }
}

function readOne(played: PlayRun, node: Node, host: RunHost, complete: boolean): Mapping | undefined {
  const scope = played.scopeOf(played.play.keywords, host);
  let value: Value;
  try {
    value = played.run.expressions.renderNode(node, scope);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (!complete && problem.code === 'undefined-variable') return undefined;
    throw problem;
  }
  const candidates = (Array.isArray(value) ? value : [value]).map(String);
  const paths = candidates.map((name) => (isAbsolute(name) ? name : resolve(played.play.folder, name)));
  const found = paths.find((path) => existsSync(path));
  if (found) return played.run.readVars(found);
  throw new Problem({
    code: 'missing-file',
    what: `there is no variables file ${candidates.map((name) => `"${name}"`).join(' or ')}`,
    at: placeOf(node),
    why: `looked for ${paths.join(', ')}`,
  });
}
