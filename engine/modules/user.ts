import {
  AGE_ARGUMENTS,
  applyUser,
  defineModule,
  KEY_ARGUMENTS,
  type Mapping,
  planUser,
  probeUser,
  type UserArgs,
  type UserKey,
  type UserState,
} from '../module.ts';

const keyReturns = ({ file, fingerprint = '', public: shown = '' }: UserKey): Mapping => ({
  ssh_key_file: file,
  ssh_fingerprint: fingerprint,
  ssh_public_key: shown,
});

/** Keeps a user account. */
export default defineModule<UserArgs, UserState>({
  name: 'user',
  description: 'Keeps a user account, or keeps it away.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', aliases: ['user'], description: 'The user.' },
      uid: { type: 'integer', minimum: 0, description: 'The number. Left alone when absent.' },
      group: { type: 'string', description: 'The primary group, which must exist.' },
      groups: {
        type: 'array',
        items: { type: 'string' },
        description: 'Further groups, which must exist. [] is none.',
      },
      append: { type: 'boolean', default: false, description: 'Leave other groups the user is in.' },
      comment: { type: 'string', description: 'The full name (GECOS).' },
      home: { type: 'string', format: 'path', description: 'The home folder.' },
      create_home: {
        type: 'boolean',
        default: true,
        aliases: ['createhome'],
        description: 'Make the home folder if it is not there.',
      },
      move_home: { type: 'boolean', default: false, description: 'Move the old home folder when home changes.' },
      skeleton: { type: 'string', description: 'The folder that a new home is a copy of. Default: /etc/skel.' },
      umask: { type: 'string', pattern: '^[0-7]{1,4}$', description: 'What a new home is not allowed. Default: 077.' },
      shell: { type: 'string', description: 'The login shell.', examples: ['/usr/sbin/nologin'] },
      password: { type: 'string', secret: true, description: 'The password as crypt(3) hashes it; ! locks it.' },
      update_password: {
        type: 'string',
        enum: ['always', 'on_create'],
        default: 'always',
        description: 'Whether the password of a user who is there is changed.',
      },
      password_lock: { type: 'boolean', description: 'Lock the password, or unlock it.' },
      expires: { type: 'number', description: 'When the account ends, in seconds since the epoch; negative is never.' },
      ...AGE_ARGUMENTS,
      ...KEY_ARGUMENTS,
      system: { type: 'boolean', default: false, description: 'A new user gets a number of the system’s range.' },
      non_unique: { type: 'boolean', default: false, description: 'Another user may have the same number.' },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether the user should be there.',
      },
      remove: { type: 'boolean', default: false, description: 'With absent: remove the home folder too.' },
      force: { type: 'boolean', default: false, description: 'With absent: even while the user is logged in.' },
    },
  },
  examples: `- user:
    name: coredns
    system: true
    create_home: false
    shell: /usr/sbin/nologin
`,
  probe: probeUser,
  plan: planUser,
  apply: applyUser,
  returns: ({ uid, gid, home, shell, comment, exists, key }, args, changes): Mapping => {
    const { name, state, groups, append, system, password } = args;
    if (state === 'absent') return { name, state, force: args.force, remove: args.remove };
    const made = changes.some(({ key, before }) => key === 'user' && before === null);
    return {
      name,
      state,
      ...(made ? { system, create_home: args.create_home } : { append, move_home: args.move_home }),
      ...(groups === undefined ? {} : { groups: groups.join(',') }),
      ...(password === undefined ? {} : { password: 'NOT_LOGGING_PASSWORD' }),
      ...(exists ? { uid, group: gid, home, shell, comment } : {}),
      ...(exists && key ? keyReturns(key) : {}),
    };
  },
});
