import { defineModule, Problem, type Reader } from 'mesh-play';
import { SERVER, type Server } from '../../spire/lib/server.ts';
import {
  type Authorities,
  type Kind,
  parseAuthorities,
  planRotation,
  type Reached,
  summary,
} from '../lib/authority.ts';

interface Args extends Server {
  kind: Kind;
  state?: Reached;
  authority?: string;
}

interface Ready extends Args {
  check: boolean;
}

/** Brings an authority of a SPIRE server nearer to its end, by what the server says of it now. */
export default defineModule<Args, Authorities, Ready>({
  name: 'spire_authority',
  description:
    'Brings an authority of a SPIRE server to its end: replaced by a prepared one, tainted, revoked. What is done is left alone.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket', 'kind'],
    properties: {
      ...SERVER,
      kind: { type: 'string', enum: ['x509', 'jwt'], description: 'What it signs.' },
      state: {
        type: 'string',
        enum: ['prepared', 'replaced', 'tainted', 'revoked'],
        description: 'How far it is to come. Absent: it is only read.',
      },
      authority: {
        type: 'string',
        description: 'Id of the one that is to be replaced. Tainted and revoked is the old one.',
      },
    },
  },
  examples: `- spire_authority: {socket: /run/spire/server/private/api.sock, kind: x509, state: prepared}
  register: rotation
`,
  prepare: async (controller, args) => ({ ...args, check: controller.check }),
  probe,
  plan: (authorities, { authority, state, check }) => {
    if (state === undefined) return [];
    if (authorities.upstream !== null)
      throw new Problem({
        code: 'upstream-authority',
        what: 'this SPIRE server’s authority is signed by another one above it',
        why: 'SPIRE rotates it with that one',
        mend: 'rotate the upstream authority: spire-server upstreamauthority taint, then revoke',
      });
    try {
      return planRotation(authorities, state, authority);
    } catch (thrown) {
      // In a dry run the tasks before this one have done nothing.
      if (check) return [{ key: state, before: null, after: 'the old authority' }];
      throw thrown;
    }
  },
  apply: async (host, changes, { kind, program, socket }) => {
    const [change] = changes;
    const verb = VERBS[change?.key ?? ''];
    if (!change || verb === undefined) return;
    const id = change.key === 'prepared' ? [] : ['-authorityID', String(change.after)];
    await host.run([program, 'localauthority', kind, verb, ...id, '-output', 'json', '-socketPath', socket]);
  },
  returns: summary,
});

const VERBS: Record<string, string> = { prepared: 'prepare', active: 'activate', tainted: 'taint', revoked: 'revoke' };

async function probe(host: Reader, { program, socket, kind }: Ready): Promise<Authorities> {
  const ending = ['-output', 'json', '-socketPath', socket];
  const [shown, bundle] = await Promise.all([
    host.query([program, 'localauthority', kind, 'show', ...ending]),
    host.query([program, 'bundle', 'show', ...ending]),
  ]);
  return parseAuthorities(kind, shown.stdout, bundle.stdout);
}
