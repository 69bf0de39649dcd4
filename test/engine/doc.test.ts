import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { jsonSchema, manual } from '../../engine/doc.ts';
import { defineModule } from '../../engine/module.ts';
import apt from '../../engine/modules/apt.ts';
import uriModule from '../../engine/modules/uri.ts';

interface Args {
  path: string;
  mode?: string;
  tries?: number;
  lines?: string[];
  state?: string;
}

const module = defineModule<Args, null>({
  name: 'keep',
  description: 'Keeps a file.',
  freeForm: 'path',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: { type: 'string', format: 'path', description: 'The file.', aliases: ['dest'], examples: ['/etc/motd'] },
      mode: { type: 'string', format: 'mode', description: 'Its mode.' },
      tries: { type: 'integer', minimum: 1, maximum: 9, default: 3, description: 'How often.' },
      lines: { type: 'array', items: { type: 'string' }, description: `What it holds ${'and holds '.repeat(9)}on.` },
      state: { type: 'string', enum: ['kept', 'gone'], default: 'kept', description: 'Whether it is.' },
    },
    mutuallyExclusive: [['mode', 'lines']],
  },
  examples: '- keep:\n    path: /etc/motd\n',
  probe: async () => null,
  plan: () => [],
  apply: async () => undefined,
});

describe('the manual', () => {
  it('tells all that the schema says', () => {
    expect(manual(module)).toBe(`NAME
    keep - Keeps a file.

ARGUMENTS
    path (path, required)
        The file.
        Such as: /etc/motd.
        Also called: dest.

    mode (mode)
        Its mode.

    tries (integer)
        How often.
        From 1 to 9.
        Default: 3.

    lines (list of string)
        What it holds and holds and holds and holds and holds and holds and holds and holds
        and holds and holds on.

    state (string)
        Whether it is.
        One of: kept, gone.
        Default: kept.

RULES
    Only one of mode, lines may be given.
    A bare text (keep: …) stands for path.

CHECK MODE
    Says what it would change and changes nothing.

EXAMPLES
    - keep:
        path: /etc/motd
`);
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv({ strict: false }).compile(jsonSchema([module]));
  const tasks = (...list: object[]): boolean => validate([{ hosts: 'all', tasks: list }]);

  it('accepts a playbook and a task file', () => {
    expect(tasks({ name: 'Kept', keep: { dest: '/a', tries: '{{ n }}' }, become: true, when: 'x' })).toBe(true);
    expect(tasks({ block: [{ 'ansible.builtin.keep': 'path=/a' }], rescue: [{ meta: 'noop' }] })).toBe(true);
    expect(validate([{ keep: { path: '/a' }, loop: '{{ all }}' }])).toBe(true);
  });

  it('accepts what Ansible takes for a truth value or a number, as editors read it', () => {
    expect(tasks({ keep: { path: '/a', tries: '3' }, become: 'yes', retries: '2' })).toBe(true);
    for (const word of ['y', 'On', 'TRUE', '1.0', 'off', ' No ', 'F', '0'])
      expect([word, tasks({ keep: { path: '/a' }, become: word })]).toEqual([word, true]);
    for (const word of ['perhaps', 'yess', '1x0', ''])
      expect([word, tasks({ keep: { path: '/a' }, become: word })]).toEqual([word, false]);
    expect(tasks({ keep: { path: '/a' }, retries: 'many' })).toBe(false);
    const uri = new Ajv({ strict: false }).compile(jsonSchema([uriModule, apt]));
    expect(uri([{ uri: { url: 'http://x/', status_code: 200, return_content: 'yes', timeout: '5' } }])).toBe(true);
    expect(uri([{ apt: { upgrade: true, update_cache: 'no' } }])).toBe(true);
  });

  it('refuses an argument the module does not have, a wrong type and an unknown play keyword', () => {
    expect(tasks({ keep: { pth: '/a' } })).toBe(false);
    expect(tasks({ keep: { path: '/a', tries: 'many' } })).toBe(false);
    expect(tasks({ keep: { path: '/a', state: 'lost' } })).toBe(false);
    expect(validate([{ hosts: 'all', taskz: [] }])).toBe(false);
  });

  it('knows a module by all names it has', () => {
    const named = new Ajv({ strict: false }).compile(jsonSchema([{ ...module, name: 'sysctl' }]));
    const takes = (name: string, args: object): boolean => named([{ hosts: 'all', tasks: [{ [name]: args }] }]);
    for (const name of ['sysctl', 'ansible.builtin.sysctl', 'ansible.posix.sysctl']) {
      expect([name, takes(name, { path: '/a' }), takes(name, { pth: '/a' })]).toEqual([name, true, false]);
    }
  });

  it('speaks of the draft that editors read', () => {
    expect(jsonSchema([])).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
  });
});
