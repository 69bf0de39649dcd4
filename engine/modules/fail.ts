import { defineController } from '../module.ts';

interface Args {
  msg: string;
}

/** Fails on purpose, with a message. */
export default defineController<Args>({
  name: 'fail',
  description: 'Fails on purpose, with a message.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      msg: { type: 'string', default: 'Failed as requested from task', description: 'Why.' },
    },
  },
  examples: `- fail:
    msg: This play needs Debian 12
  when: ansible_facts.distribution != 'Debian'
`,
  evaluate: async ({ msg }) => ({ failed: msg, returns: { msg } }),
});
