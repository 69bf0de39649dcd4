import type { Item } from '../playbook/model.ts';

interface List {
  items: readonly Item[];
  next: number;
}

/** Where a play is in its lists of items: what comes next is the rest of the innermost list, then of the one around it. */
export class Course {
  readonly #lists: List[] = [];

  /** Goes through a list; `each` sees an item when what comes after it is known. */
  async through(items: readonly Item[], each: (item: Item) => Promise<boolean>): Promise<void> {
    const list: List = { items, next: 0 };
    this.#lists.push(list);
    try {
      for (const item of items) {
        list.next++;
        if (!(await each(item))) return;
      }
    } finally {
      this.#lists.pop();
    }
  }

  /** What comes as things stand, blocks opened: without failures no rescue is run. */
  *coming(): Generator<Item> {
    for (const { items, next } of [...this.#lists].reverse()) yield* opened(items.slice(next));
  }
}

function* opened(items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    if (item.kind === 'block') yield* opened([...item.block, ...item.always]);
    else yield item;
  }
}
