/**
 * The engine's own modules by name, all in one file: `scripts/build.js` puts them here, since a file of its own for each
 * costs a start 2 ms a module. In the source they are read from their folder.
 */
export const bundled: Readonly<Record<string, () => Promise<{ default: unknown }>>> | undefined = undefined;
