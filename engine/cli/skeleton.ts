/** The files of a new role, by path inside it. Its module keeps a line of text in a file; its test needs no host. */
export function roleFiles(name: string): Record<string, string> {
  const word = name.replaceAll('-', '_');
  const module = `${word}_motd`;
  return {
    'tasks/main.yml': `- name: The message says who looks after this host
  ${module}:
    path: "{{ ${word}_path }}"
    line: "{{ ${word}_line }}"
`,
    'defaults/main.yml': `# Where the message is kept.
${word}_path: /etc/motd
# What it says.
${word}_line: Looked after by mesh-play.
`,
    'meta/main.yml': `dependencies: []
`,
    'meta/argument_specs.yml': `argument_specs:
  main:
    short_description: Keeps a message on a host
    options:
      ${word}_path:
        type: path
        description: Where the message is kept.
      ${word}_line:
        type: str
        description: What it says.
`,
    [`modules/${module}.ts`]: moduleText(module),
    [`test/${module}.test.ts`]: testText(module),
    'README.md': `# ${name}

Keeps one line of text in a file of each host.

\`\`\`yaml
- hosts: all
  become: true
  roles:
    - role: ${name}
      ${word}_line: Ask the platform team before you change this host.
\`\`\`

The module is \`modules/${module}.ts\`; \`mesh-play test roles/${name}\` tries it without a host.
`,
  };
}

function moduleText(module: string): string {
  return `import { compare, defineModule } from 'mesh-play';

interface Args {
  path: string;
  line: string;
}

interface State {
  line: string | null;
}

/** Keeps one line of text in a file. */
export default defineModule<Args, State>({
  name: '${module}',
  description: 'Keeps one line of text in a file.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'line'],
    properties: {
      path: { type: 'string', format: 'path', description: 'The file.', examples: ['/etc/motd'] },
      line: { type: 'string', description: 'What it says, without a line end.' },
    },
  },
  async probe(host, { path }) {
    const content = await host.readFile(path);
    return { line: content === undefined ? null : content.toString('utf8').replace(/\\n$/, '') };
  },
  plan: (state, args) => compare(state, args, ['line']),
  async apply(host, _changes, { path, line }, controller) {
    await host.write(path, controller.text(\`\${line}\\n\`), { mode: '0644' });
  },
});
`;
}

function testText(module: string): string {
  return `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import module from '../modules/${module}.ts';

const args = { path: '/etc/motd', line: 'hello' };

describe('${module}', () => {
  it('plans nothing when the file says the line', () => {
    assert.deepEqual(module.plan({ line: 'hello' }, args), []);
  });

  it('plans the line when the file is missing', () => {
    assert.deepEqual(module.plan({ line: null }, args), [{ key: 'line', before: null, after: 'hello' }]);
  });

  it('plans the line when the file says something else', () => {
    assert.deepEqual(module.plan({ line: 'bye' }, args), [{ key: 'line', before: 'bye', after: 'hello' }]);
  });
});
`;
}
