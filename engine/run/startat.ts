import { globRegex } from '../glob.ts';
import type { Item, Play } from '../playbook/model.ts';
import { roleNames } from '../playbook/rolename.ts';
import { nearest, Problem } from '../problem.ts';

type Leaf = Exclude<Item, { kind: 'block' }>;

/** --start-at-task: the tasks before the one of that name are left out, and the plays before the one that has it. */
export class StartAt {
  readonly #wanted: string;
  readonly #pattern: RegExp;
  #met = false;

  constructor(wanted: string) {
    this.#wanted = wanted;
    this.#pattern = globRegex(wanted);
  }

  /** Throws a Problem when no play has such a task. Tasks that are included when the play runs are not known yet. */
  check(plays: readonly Play[]): void {
    const items = plays.flatMap(itemsOf);
    if (items.some((item) => this.#names(item))) return;
    const near = nearest(this.#wanted, items.flatMap(namesOf));
    throw new Problem({
      code: 'bad-options',
      what: `--start-at-task: no task is named "${this.#wanted}"`,
      mend: near ? `did you mean "${near}"?` : '--list-tasks shows them',
    });
  }

  /** Whether anything of a play is run. */
  reaches(play: Play): boolean {
    return this.#met || itemsOf(play).some((item) => this.#names(item));
  }

  /** Whether an item is run: those in a block are asked for themselves. */
  passes(item: Item): boolean {
    this.#met ||= item.kind !== 'block' && this.#names(item);
    return this.#met || item.kind === 'block';
  }

  #names(item: Leaf): boolean {
    return namesOf(item).some((name) => name === this.#wanted || this.#pattern.test(name));
  }
}

const itemsOf = (play: Play): Leaf[] =>
  [...play.preTasks, ...play.roles, ...play.tasks, ...play.postTasks].flatMap(leaves);

/** Without a failure no rescue is run. */
const leaves = (item: Item): Leaf[] =>
  item.kind === 'block' ? [...item.block, ...item.always].flatMap(leaves) : [item];

/** As it is written, alone and after its role; the module where there is no name. */
function namesOf(item: Leaf): string[] {
  const written = item.name?.kind === 'scalar' ? item.name.text : '';
  const name = written || (item.kind === 'task' ? item.module : item.kind);
  return [name, ...roleNames(item.keywords.role).map((role) => `${role} : ${name}`)];
}
