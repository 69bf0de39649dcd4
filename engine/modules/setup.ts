import { defineQuery, FACTS_FOLDER, gatherFacts, globRegex, type Mapping, SUBSETS } from '../module.ts';

interface Args {
  gather_subset: string[];
  filter: string[];
  fact_path: string;
}

/** Gathers facts about the host. */
export default defineQuery<Args>({
  name: 'setup',
  description: 'Gathers facts about the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      gather_subset: {
        type: 'array',
        items: { type: 'string', enum: [...SUBSETS, ...SUBSETS.map((name) => `!${name}`)] },
        default: ['all'],
        description: 'Which facts to gather; a name after "!" is left out.',
        examples: [['!all', 'network']],
      },
      filter: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Keep only facts whose names match one of these patterns, as a shell matches them.',
        examples: ['ansible_*_mb'],
      },
      fact_path: {
        type: 'string',
        format: 'path',
        default: FACTS_FOLDER,
        description:
          'A folder of the host with facts of its own: *.fact files of JSON or INI, or programs that print it.',
      },
    },
  },
  examples: `- setup:
    gather_subset: ['!all', network]
`,
  ask: async (host, { gather_subset: subset, filter, fact_path: folder }) => {
    const found = Object.entries(await gatherFacts(host, subset, folder)).map(
      ([name, value]) => [`ansible_${name}`, value] as const,
    );
    const patterns = filter.map((glob) => globRegex(glob));
    const kept = found.filter(
      ([name]) =>
        patterns.length === 0 ||
        patterns.some((pattern) => pattern.test(name) || pattern.test(name.replace('ansible_', ''))),
    );
    const facts: Mapping = Object.fromEntries(kept);
    return { facts, returns: { ansible_facts: facts } };
  },
});
