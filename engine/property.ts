import type { Value } from './value.ts';

/** One argument, in the terms of JSON Schema plus what a manual needs. */
export interface Property {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'any';
  description: string;
  examples?: readonly Value[];
  default?: Value;
  enum?: readonly Value[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: Omit<Property, 'description'> & { description?: string };
  /** Shape of an `object`, when it is known. */
  properties?: Readonly<Record<string, Property>>;
  required?: readonly string[];
  additionalProperties?: boolean;
  /** Other names the field uses for it (`dest` for `path`). */
  aliases?: readonly string[];
  /** Never printed: not in diffs, results or errors. */
  secret?: true;
  /** A file of the controller, looked for in folders of that kind first; not where another argument has that value. */
  source?: { kind: 'files' | 'templates' | 'vars'; unless?: Readonly<Record<string, boolean>> };
  /** A path on the controller or a host, where `~` means the user's home. */
  format?: 'path' | 'mode';
}
