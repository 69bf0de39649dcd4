import { defineController } from '../module.ts';

interface Args {
  key: string;
  parents: string[];
}

/** Ansible puts a hyphen for each space in the name of a group. */
const groupName = (text: string): string => text.replaceAll(' ', '-');

/** Puts the host in a group for the rest of the run. */
export default defineController<Args>({
  name: 'group_by',
  description: 'Puts the host in a group for the rest of the run, with the variables and the plays of that group.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['key'],
    properties: {
      key: {
        type: 'string',
        description: 'Name of the group. Made when there is none.',
        examples: ['os_{{ ansible_facts.distribution }}'],
      },
      parents: {
        type: 'array',
        items: { type: 'string' },
        default: ['all'],
        description: 'Groups that hold this one.',
      },
    },
  },
  examples: `- group_by:
    key: "os_{{ ansible_facts.distribution }}"
`,
  evaluate: async ({ key, parents }, _evaluator, controller) => {
    const [group, above] = [groupName(key), parents.map(groupName)];
    return {
      returns: { add_group: group, parent_groups: above },
      adds: { host: controller.host, groups: [group], parents: above },
    };
  },
});
