/** What the inventory has beside the stanzas. */
export interface Known {
  /** Hosts of the group mesh. */
  hosts: string[];
  /** Names the zone or the trust domain has already, with what has them. */
  taken: Record<string, string>;
  /** What has an identity on a host and is no service. */
  workloads: { name: string; host: string; user: string }[];
}

/** Something wrong with a stanza. */
export interface Fault {
  /** Leads to it from the list of stanzas: the stanza's index, then keys and indexes in it. */
  at: readonly (string | number)[];
  what: string;
  why?: string;
  mend?: string;
}

/** What a list has more than once. */
export const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
