import { defineController, type Mapping, Problem, type Value } from '../module.ts';

interface Args {
  name: string;
  groups?: Value;
}

/** Adds a host to the inventory for the rest of the run. */
export default defineController<Args>({
  name: 'add_host',
  description: 'Adds a host to the inventory for the rest of the run, or variables and groups to one that is there.',
  anyArgument: true,
  once: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'string',
        aliases: ['hostname', 'host'],
        description: 'Name of the host, with a port behind a colon where SSH has another than usual.',
        examples: ['web3.example.com', '192.0.2.7:2222'],
      },
      groups: {
        type: 'any',
        aliases: ['groupname', 'group'],
        description:
          'Groups to put it in, as a list or with commas between. All other arguments are variables of the host.',
      },
    },
  },
  examples: `- add_host:
    name: "{{ made.address }}"
    groups: [web]
    ansible_user: debian
`,
  evaluate: async ({ name: written, groups = [], ...given }) => {
    const [, bare, port] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(written) ?? [];
    const name = (bare ?? written).replace(/^\[(.*)\]$/, '$1');
    if (name === '') throw new Problem({ code: 'wrong-argument', what: 'add_host needs a name that is not empty' });
    const vars: Mapping = { ...(given as Mapping), ...(port === undefined ? {} : { ansible_ssh_port: Number(port) }) };
    const unique = [...new Set(namesIn(groups))];
    return {
      returns: { add_host: { host_name: name, groups: unique, host_vars: vars } },
      adds: { host: name, groups: unique, vars },
    };
  },
});

function namesIn(groups: Value): string[] {
  if (typeof groups === 'string')
    return groups
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
  if (Array.isArray(groups) && groups.every((one) => typeof one === 'string')) return groups.map((name) => name.trim());
  throw new Problem({
    code: 'wrong-argument',
    what: `add_host takes a list of names for "groups", not ${JSON.stringify(groups)}`,
  });
}
