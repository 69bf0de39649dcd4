import { type Content, defineModule, type Reader } from 'mesh-play';
import { folderOf, parseRecord, type Record, recordPath, recordText } from '../lib/record.ts';

interface Args {
  name: string;
  unit: string;
  made_unit: boolean;
  user: string;
}

interface State {
  record: Record | undefined;
  userExists: boolean;
}

interface Ready {
  args: Args;
  text(text: string): Content;
}

async function probe(host: Reader, { args: { name, user } }: Ready): Promise<State> {
  const [text, { status }] = await Promise.all([
    host.readFile(recordPath(name)),
    host.query(['getent', 'passwd', user], { ok: [0, 2] }),
  ]);
  return {
    record: text === undefined ? undefined : parseRecord(name, text.toString('utf8')),
    userExists: status === 0,
  };
}

/** What was remembered of the user stays: at the next run it is there because it was made here. */
const wantedOf = ({ record, userExists }: State, { name, unit, made_unit, user }: Args): Record => ({
  name,
  unit,
  made_unit,
  user,
  made_user: record?.user === user ? record.made_user : !userExists,
});

/** Remembers on a host what a service there is made of. */
export default defineModule<Args, State, Ready>({
  name: 'service_record',
  description: 'Remembers on a host what a service there is made of, and whether its user was there before.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'unit', 'made_unit', 'user'],
    properties: {
      name: { type: 'string', description: 'Name of the service.' },
      unit: { type: 'string', description: 'The unit of its program.' },
      made_unit: { type: 'boolean', description: 'Whether the unit is made here, and not the user’s own.' },
      user: { type: 'string', description: 'The user it runs as.' },
    },
  },
  prepare: async (controller, args) => ({ args, text: (text) => controller.text(text) }),
  probe,
  plan: (state, { args }) => {
    const after = recordText(wantedOf(state, args));
    const before = state.record === undefined ? null : recordText(state.record);
    return before === after ? [] : [{ key: 'record', before, after }];
  },
  apply: async (host, [change], { args, text }) => {
    await host.run(['mkdir', '-p', '-m', '0755', '/etc/mesh', folderOf(args.name)]);
    await host.write(recordPath(args.name), text(String(change?.after)), { mode: '0644' });
  },
});
