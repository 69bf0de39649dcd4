import type { Filter, Test } from './environment.ts';
import { DATA } from './filters/data.ts';
import { DICTIONARIES } from './filters/dictionaries.ts';
import { LISTS } from './filters/lists.ts';
import { NUMBERS } from './filters/numbers.ts';
import { PATHS } from './filters/paths.ts';
import { PICKS } from './filters/picks.ts';
import { TEXTS } from './filters/texts.ts';
import { URLS } from './filters/urls.ts';
import { VALUES } from './filters/values.ts';
import { str } from './python.ts';
import { TESTS as ALL_TESTS } from './tests.ts';

/** Every filter by name; without a prototype, so that `toString` is none. */
export const FILTERS: Readonly<Record<string, Filter>> = Object.assign(
  Object.create(null),
  DATA,
  DICTIONARIES,
  LISTS,
  NUMBERS,
  PATHS,
  PICKS,
  TEXTS,
  URLS,
  VALUES,
);

const isIn = (table: () => object): Test => ({
  holds: (name) => str(name).replace(/^ansible\.(builtin|legacy)\./, '') in table(),
  lenient: false,
});

/** Every test by name, those that ask for a name in these tables among them. */
export const TESTS: Readonly<Record<string, Test>> = Object.assign(Object.create(null), ALL_TESTS, {
  filter: isIn(() => FILTERS),
  test: isIn(() => TESTS),
});
