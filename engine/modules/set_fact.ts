import { defineController, type Mapping, Problem } from '../module.ts';

interface Args {
  cacheable?: boolean;
}

/** Sets variables of the host for the rest of the run. */
export default defineController<Args>({
  name: 'set_fact',
  description: 'Sets variables of the host for the rest of the run.',
  anyArgument: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      cacheable: {
        type: 'boolean',
        default: false,
        description: 'Make them facts of the host too, in ansible_facts. Nothing is kept from one run to the next.',
      },
    },
  },
  examples: `- name: The address others reach this host at is known
  set_fact:
    public_address: "{{ ansible_facts.default_ipv4.address }}"
    replicas: 3
`,
  evaluate: async ({ cacheable: _cacheable, ...variables }) => {
    const names = Object.keys(variables);
    if (names.length === 0) {
      throw new Problem({ code: 'missing-argument', what: 'set_fact needs at least one variable to set' });
    }
    for (const name of names) if (!/^[A-Za-z_]\w*$/.test(name)) throw badName(name);
    return { returns: { ansible_facts: variables as Mapping } };
  },
});

const badName = (name: string): Problem =>
  new Problem({
    code: 'bad-variable-name',
    what: `"${name}" is no name for a variable`,
    mend: 'use letters, digits and underscores, a letter first',
  });
