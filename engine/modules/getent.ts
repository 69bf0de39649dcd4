import { defineQuery, type Value } from '../module.ts';

interface Args {
  database: string;
  key?: string;
  service?: string;
  split?: string;
  fail_key: boolean;
}

const WITH_COLONS = ['passwd', 'shadow', 'group', 'gshadow'];

/** What getent(1) says by its status. */
const FAILED: Readonly<Record<number, string>> = {
  1: 'Missing arguments, or database unknown.',
  2: 'One or more supplied key could not be found in the database.',
  3: 'Enumeration not supported on this database.',
  127: 'the host has no getent',
};

/** Reads an entry of a database of the host, or all of them. */
export default defineQuery<Args>({
  name: 'getent',
  description: 'Reads an entry of a database of the host, or all of them, into the fact getent_ and its name.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['database'],
    properties: {
      database: { type: 'string', description: 'The database.', examples: ['passwd', 'group', 'hosts'] },
      key: { type: 'string', description: 'The entry. Default: all, where the database can be gone through.' },
      service: { type: 'string', description: 'Ask this service and no other.' },
      split: {
        type: 'string',
        description: 'What stands between fields. Default: a colon, or blanks in some databases.',
      },
      fail_key: { type: 'boolean', default: true, description: 'Fail where the entry is not there.' },
    },
  },
  examples: `- getent:
    database: passwd
    key: root
`,
  ask: async (host, { database, key, service, split, fail_key: fails }) => {
    const words = [database, ...(key === undefined ? [] : [key]), ...(service === undefined ? [] : ['-s', service])];
    const { status, stdout } = await host.query(['getent', ...words], { ok: 'any' });
    const name = `getent_${database}`;
    const missing = status === 2 && key !== undefined && !fails;
    if (status !== 0 && !missing)
      return { failed: FAILED[status] ?? `getent ended with status ${status}`, returns: { rc: status } };
    const facts = { [name]: missing ? { [key]: null } : entriesOf(stdout, split ?? separator(database)) };
    return { facts, returns: { ansible_facts: facts, ...(missing ? { msg: FAILED[2] as string } : {}) } };
  },
});

const separator = (database: string): string | undefined => (WITH_COLONS.includes(database) ? ':' : undefined);

/** The fields of each entry after its first, by that one; a list of them where there are several of one name. */
function entriesOf(printed: string, split: string | undefined): Record<string, Value> {
  const found = new Map<string, string[][]>();
  for (const line of printed.split('\n').filter(Boolean)) {
    const [key = '', ...fields] = split === undefined ? line.trim().split(/\s+/) : line.split(split);
    found.set(key, [...(found.get(key) ?? []), fields]);
  }
  return Object.fromEntries([...found].map(([key, all]) => [key, all.length === 1 ? (all[0] as string[]) : all]));
}
