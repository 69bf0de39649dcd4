import { defineQuery } from 'mesh-play';
import { refused, refuseJump } from '../../artifact/lib/step.ts';

interface Args {
  source: string;
  version: string;
  data: string;
  unit: string;
}

/**
 * Of a member that has data prints its program and that one's version; for Debian's etcd to come, its version in brackets.
 * $1 data, $2 unit file, $3 source.
 */
const LOOK = `[ -d "$1/member" ] || exit 0
program=$(sed -n 's/^ExecStart=\\([^ ]*\\).*/\\1/p' "$2" 2>/dev/null)
[ -x "$program" ] || exit 0
echo "$program"
"$program" --version | sed -n 's/^etcd Version: //p'
[ "$3" != debian ] || LC_ALL=C apt-cache policy etcd-server 2>/dev/null |
  sed -nE 's/^  (Installed|Candidate): ([0-9]+:)?([0-9]+\\.[0-9]+\\.[0-9]+).*/\\3/p' | head -n 1`;

const DEBIAN = '/usr/bin/etcd';

/** Refuses, before a host is changed, an etcd that does not open the data of the one in use. */
export default defineQuery<Args>({
  name: 'etcd_step',
  description:
    'Reads which etcd wrote the data of a member, Debian’s or a pinned one, and refuses to go from there to one that is no minor away from it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['source', 'version', 'data'],
    properties: {
      source: { type: 'string', description: 'debian, or where a pinned one comes from.', examples: ['debian'] },
      version: { type: 'string', description: 'The pinned version to go to.', examples: ['3.7.3'] },
      data: { type: 'string', format: 'path', description: 'Where a member keeps its data.' },
      unit: {
        type: 'string',
        format: 'path',
        default: '/etc/systemd/system/etcd.service',
        description: 'Its unit, which says what runs.',
      },
    },
  },
  ask: async (host, { source, version, data, unit }, controller) => {
    const { stdout } = await host.script(LOOK, [data, unit, source]);
    const [program = '', has = '', debians = ''] = stdout.trim().split('\n');
    const inUse = { host: controller.host, version: has };
    if (has === '') return { returns: { version: '' } };
    if (source !== 'debian' && program === DEBIAN)
      refuseJump('etcd', version, inUse, (next) => `site.yml with etcd_version: ${next}.X`);
    else if (source !== 'debian') refuseJump('etcd', version, inUse);
    else if (program !== DEBIAN && debians === '')
      throw refused(
        `${inUse.host} has etcd ${has}, and knows of no etcd-server of Debian’s to go to`,
        'run apt-get update there, or set etcd_source to what it was',
        'only a version next to it opens its data',
      );
    else if (program !== DEBIAN) refuseJump('etcd', debians, inUse, () => 'set etcd_source to what it was');
    return { returns: { version: has } };
  },
});
