import { defineController, type Mapping } from 'mesh-play';
import { atLeast, type Finding, ordered, SEVERITIES, type Severity, table } from '../lib/finding.ts';
import { type Declared, judgeHost, judgeSerials, type Seen } from '../lib/host.ts';
import { type Expected, judgeSpire, type Spire } from '../lib/spire.ts';

interface Args {
  spire?: Spire;
  expected: Expected;
  hosts: { host: string; seen: Seen; declared: Declared }[];
  drift: string[];
  threshold: Severity;
}

/** Judges what an audit read. */
export default defineController<Args>({
  name: 'audit_findings',
  description: 'Judges what was read of hosts and of SPIRE by the inventory: findings, the gravest first.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['expected', 'hosts', 'threshold'],
    properties: {
      spire: { type: 'object', description: 'What audit_spire read.' },
      expected: { type: 'object', description: 'What the inventory says of identities.' },
      hosts: { type: 'array', items: { type: 'object' }, description: 'Of each host: host, seen and declared.' },
      drift: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'What a dry run of site.yml’s tasks would change.',
      },
      threshold: { type: 'string', enum: [...SEVERITIES], description: 'Findings as grave as this are counted.' },
    },
  },
  evaluate: async ({ spire, expected, hosts, drift, threshold }) => {
    const now = Date.now() / 1000;
    const serials = hosts.filter(({ declared }) => declared.units.includes('coredns.service'));
    const drifts = drift.map(
      (what): Finding => ({
        severity: 'medium',
        where: 'site',
        what: `${what} is not as the inventory has it`,
        mend: 'site.yml --check --diff tells how',
      }),
    );
    const found = ordered([
      ...(spire ? judgeSpire(spire, expected, now) : []),
      ...hosts.flatMap(({ host, seen, declared }) => judgeHost(host, seen, declared, now)),
      ...judgeSerials(Object.fromEntries(serials.map(({ host, seen }) => [host, seen.serial]))),
      ...drifts,
    ]);
    return {
      returns: {
        findings: found as unknown as Mapping[],
        lines: found.length === 0 ? ['nothing was found'] : table(found),
        grave: atLeast(found, threshold).length,
      },
    };
  },
});
