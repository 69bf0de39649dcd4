import { type Change, defineModule, entryOf } from '../module.ts';

interface Args {
  name: string;
  gid?: number;
  system: boolean;
  non_unique: boolean;
  state: 'present' | 'absent';
}

interface State {
  gid: number | null;
}

/** Keeps a group. */
export default defineModule<Args, State>({
  name: 'group',
  description: 'Keeps a group, or keeps it away.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'The group.' },
      gid: { type: 'integer', minimum: 0, description: 'Its number. Left alone when absent.' },
      system: { type: 'boolean', default: false, description: 'A new group gets a number of the system’s range.' },
      non_unique: { type: 'boolean', default: false, description: 'Another group may have the same number.' },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether it should be there.',
      },
    },
  },
  examples: `- group:
    name: deploy
    gid: 2000
`,
  probe: async (host, { name }) => {
    const entry = await entryOf(host, 'group', name);
    return { gid: entry ? Number(entry[2]) : null };
  },
  plan: ({ gid: before }, { name, gid, state }): Change[] => {
    if (state === 'absent') return before === null ? [] : [{ key: 'group', before: name, after: null }];
    if (before === null) return [{ key: 'group', before: null, after: name }];
    return gid === undefined || gid === before ? [] : [{ key: 'gid', before, after: gid }];
  },
  apply: async (host, [change], { name, gid, system, non_unique: shared }) => {
    if (change?.after === null) await host.run(['groupdel', '--', name]);
    else {
      const number = gid === undefined ? [] : ['-g', String(gid), ...(shared ? ['-o'] : [])];
      if (change?.key === 'gid') await host.run(['groupmod', ...number, '--', name]);
      else await host.run(['groupadd', ...(system ? ['-r'] : []), ...number, '--', name]);
    }
  },
  returns: ({ gid }, { name, state, system }) => ({ name, state, system, ...(gid === null ? {} : { gid }) }),
});
