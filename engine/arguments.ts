import { checkArguments } from './arguments/check.ts';
import { withDefaults } from './arguments/defaults.ts';
import { separateArguments } from './arguments/separate.ts';

export { checkArguments } from './arguments/check.ts';
export { withDefaultValues } from './arguments/defaults.ts';
export { placeOfWritten, type Written } from './arguments/fault.ts';
export { parseKeyValue } from './arguments/keyvalue.ts';
export { resolveArguments, secretValues } from './arguments/resolve.ts';
export { writtenIn } from './arguments/written.ts';

/** What the loader does with arguments, before any host is contacted. */
export const loaderArguments = { check: checkArguments, separate: separateArguments, withDefaults };

export type LoaderArguments = typeof loaderArguments;
