import { defineQuery, Problem } from '../module.ts';

interface Args {
  src: string;
}

/** Reads a file of the host. */
export default defineQuery<Args>({
  name: 'slurp',
  description: 'Reads a file of the host, in base64.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['src'],
    properties: {
      src: { type: 'string', format: 'path', aliases: ['path'], description: 'The file on the host.' },
    },
  },
  examples: `- slurp:
    src: /etc/machine-id
  register: id

- debug:
    msg: "{{ id.content | b64decode }}"
`,
  ask: async (host, { src }) => {
    const bytes = await host.readFile(src);
    if (bytes) return { returns: { content: bytes.toString('base64'), source: src, encoding: 'base64' } };
    throw new Problem({ code: 'missing-file', what: `there is no file ${src} on the host` });
  },
});
