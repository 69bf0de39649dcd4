import { defineController } from 'mesh-play';
import { checkWish, type Wish } from '../lib/check.ts';

interface Args extends Wish {
  revoked_services: string[];
  revoked_hosts: string[];
}

const NAMES = { type: 'array', items: { type: 'string' } } as const;
const joined = (names: readonly string[], name: string): string[] =>
  [...new Set([...names, name])].filter(Boolean).sort();

/** Checks what is to be revoked before anything is touched. */
export default defineController<Args>({
  name: 'revoke_check',
  description: 'Checks what is to be revoked before anything is touched, and answers all that is revoked then.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['service', 'host', 'services', 'hosts', 'foundation'],
    properties: {
      service: { type: 'string', description: 'A service, or nothing.' },
      host: { type: 'string', description: 'A host, or nothing.' },
      services: { ...NAMES, description: 'All services.' },
      hosts: { ...NAMES, description: 'All hosts.' },
      foundation: { type: 'object', description: 'Hosts that cannot be revoked, by group.' },
      revoked_services: { ...NAMES, default: [], description: 'What is revoked already.' },
      revoked_hosts: { ...NAMES, default: [], description: 'What is revoked already.' },
    },
  },
  evaluate: async (args) => {
    checkWish(args);
    const { service, host, revoked_services: services, revoked_hosts: hosts } = args;
    return { returns: { services: joined(services, service), hosts: joined(hosts, host) } };
  },
});
