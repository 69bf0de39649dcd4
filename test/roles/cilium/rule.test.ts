import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import { policyFile, specOf } from '../../../roles/cilium/lib/policy.ts';
import { faultsOf } from '../../../roles/cilium/lib/rule.ts';

const ID = 'any:spiffe.io/spiffeid';
const SUBJECT = { matchLabels: { [ID]: 'spiffe://td/web' } };
const PORTS = [{ ports: [{ port: '8443', protocol: 'TCP' }] }];
const RULE = { fromEndpoints: [{ matchLabels: { [ID]: 'spiffe://td/api' } }], toPorts: PORTS };

const ofSpec = (part: Mapping): string[] => faultsOf({ endpointSelector: SUBJECT, ingress: [RULE], ...part });
const ofRule = (rule: unknown): string[] => ofSpec({ ingress: [rule] as Mapping[] });
const ofEgress = (rule: unknown): string[] => ofSpec({ egress: [rule] as Mapping[] });
const ofPort = (port: unknown): string[] => ofRule({ toPorts: [{ ports: [port] }] });

describe('a policy’s spec', () => {
  it.each([
    { endpointSelector: SUBJECT, ingress: [RULE], egress: [] },
    { endpointSelector: {}, ingressDeny: [{ fromEntities: ['world'] }] },
    { nodeSelector: {}, ingress: [{ fromEntities: ['all'] }] },
    { endpointSelector: SUBJECT, egress: [{ toCIDR: ['192.0.2.1', '2001:db8::/32'], toPorts: PORTS }] },
    { endpointSelector: SUBJECT, egress: [{ toCIDRSet: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] }] },
    {
      description: 'all that have an identity',
      endpointSelector: { matchExpressions: [{ key: ID, operator: 'Exists' }] },
      egress: [{ toPorts: [{ ports: [{ port: '1000', endPort: 2000, protocol: 'ANY' }] }] }],
    },
    {
      endpointSelector: { matchExpressions: [{ key: ID, operator: 'In', values: ['spiffe://td/a', 'plain'] }] },
      ingress: [RULE],
    },
  ])('takes %j', (spec) => {
    expect(faultsOf(spec as Mapping)).toEqual([]);
  });

  it('names the nearest of a field it does not take, wherever it is', () => {
    expect(ofSpec({ ingres: [] })).toEqual(['spec: "ingres" is not taken; did you mean "ingress"?']);
    expect(ofRule({ ...RULE, toPort: [] })).toEqual([
      'spec.ingress[0]: "toPort" is not taken; did you mean "toPorts"?',
    ]);
    expect(ofRule({ toEndpoints: [{}] })).toContain(
      'spec.ingress[0]: "toEndpoints" is not taken; did you mean "fromEndpoints"?',
    );
    expect(ofPort({ port: '1', protocoll: 'TCP' })).toEqual([
      'spec.ingress[0].toPorts[0].ports[0]: "protocoll" is not taken; did you mean "protocol"?',
    ]);
    expect(ofSpec({ endpointSelector: { matchlabels: {} } })).toEqual([
      'spec.endpointSelector: "matchlabels" is not taken; did you mean "matchLabels"?',
    ]);
  });

  // A value of another type than the agent expects kills it.
  it.each<[string[], string]>([
    [ofSpec({ ingress: {} }), 'spec.ingress: is no list'],
    [ofSpec({ egress: null }), 'spec.egress: is no list'],
    [ofSpec({ description: 5 }), 'spec.description: is no text'],
    [ofSpec({ endpointSelector: [] }), 'spec.endpointSelector: is no mapping'],
    [ofSpec({ endpointSelector: { matchLabels: [] } }), 'spec.endpointSelector.matchLabels: is no mapping'],
    [
      ofSpec({ endpointSelector: { matchLabels: { 'any:a': 1 } } }),
      'spec.endpointSelector.matchLabels: the value of "any:a" is no text',
    ],
    [ofRule('all'), 'spec.ingress[0]: is no mapping'],
    [ofRule({ fromEndpoints: {} }), 'spec.ingress[0].fromEndpoints: is no list'],
    [ofRule({ toPorts: {} }), 'spec.ingress[0].toPorts: is no list'],
    [ofRule({ toPorts: [{ ports: '80' }] }), 'spec.ingress[0].toPorts[0].ports: is no list'],
  ])('refuses a wrong type: %j', (faults, wanted) => {
    expect(faults).toEqual([wanted]);
  });

  // Without the field the rule would be for everybody.
  it('refuses an empty list of peers or ports, which would open the rule to all', () => {
    expect(ofRule({ fromEndpoints: [], toPorts: PORTS })).toEqual(['spec.ingress[0].fromEndpoints: is empty']);
    expect(ofEgress({ toCIDR: [], toPorts: PORTS })).toEqual(['spec.egress[0].toCIDR: is empty']);
    expect(ofRule({ toPorts: [] })).toEqual(['spec.ingress[0].toPorts: is empty']);
    expect(ofRule({ toPorts: [{ ports: [] }] })).toEqual(['spec.ingress[0].toPorts[0].ports: is empty']);
    expect(ofRule({})).toEqual(['spec.ingress[0]: says nothing']);
  });

  it.each([80, '', '08', '0x50', 'http', '65536', '-1'])('refuses the port %j', (port) => {
    const what = `${JSON.stringify(port)} is no port; it is written as a text, from "0" to "65535"`;
    expect(ofPort({ port })).toEqual([`spec.ingress[0].toPorts[0].ports[0].port: ${what}`]);
  });

  it('refuses ranges of ports that are none, protocols that are none, and more ports than Cilium takes', () => {
    const at = 'spec.ingress[0].toPorts[0].ports';
    expect(ofPort({ port: '80', endPort: 79 })).toEqual([`${at}[0]: endPort is before port`]);
    expect(ofPort({ port: '80', endPort: '90' })).toEqual([
      `${at}[0].endPort: "90" is no port; it is written as a number`,
    ]);
    expect(ofPort({ port: '80', protocol: 'TPC' })).toEqual([
      `${at}[0].protocol: "TPC" is not taken; did you mean "TCP"?`,
    ]);
    const many = Array.from({ length: 41 }, (_, index) => ({ port: String(index + 1) }));
    expect(ofRule({ toPorts: [{ ports: many }] })).toEqual([`${at}: has 41 items, and 40 are the most`]);
  });

  it('refuses layer 7', () => {
    expect(ofRule({ toPorts: [{ ...PORTS[0], rules: { http: [] } }] })[0]).toContain('"rules" is not taken');
  });

  it.each(['10.0.0.0/33', '10.0.0/8', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/8/8', 'a', 10, '10.0.0.0/08'])(
    'refuses the range %j',
    (range) => {
      expect(ofEgress({ toCIDR: [range] })).toEqual([
        `spec.egress[0].toCIDR[0]: ${JSON.stringify(range)} is no range of addresses`,
      ]);
    },
  );

  it('refuses an exception outside of its range, and a set without a prefix', () => {
    expect(ofEgress({ toCIDRSet: [{ cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] }] })).toEqual([
      'spec.egress[0].toCIDRSet[0].except: "11.0.0.0/16" is not in 10.0.0.0/8',
    ]);
    expect(ofEgress({ toCIDRSet: [{ cidr: '10.0.0.1' }] })).toEqual([
      'spec.egress[0].toCIDRSet[0].cidr: "10.0.0.1" is no range of addresses',
    ]);
  });

  it('refuses entities that are none, and two kinds of peers in one rule', () => {
    expect(ofRule({ fromEntities: ['hosts'] })).toEqual([
      'spec.ingress[0].fromEntities[0]: "hosts" is not taken; did you mean "host"?',
    ]);
    expect(ofRule({ fromEntities: ['host'], fromCIDR: ['10.0.0.0/8'] })).toEqual([
      'spec.ingress[0]: fromEntities and fromCIDR cannot be in one rule; make two of it',
    ]);
  });

  it('refuses expressions that Kubernetes refuses', () => {
    const at = 'spec.endpointSelector.matchExpressions[0]';
    const of = (expression: Mapping): string[] => ofSpec({ endpointSelector: { matchExpressions: [expression] } });
    expect(of({ key: ID, operator: 'Exists', values: ['a'] })).toEqual([`${at}: Exists takes no values`]);
    expect(of({ key: ID, operator: 'In' })).toEqual([`${at}: In takes values`]);
    expect(of({ key: ID, operator: 'Is', values: ['a'] })[0]).toContain('"Is" is not taken');
    expect(of({ operator: 'Exists' })).toEqual([`${at}: key is missing`]);
    expect(of({ key: 'any:a b', operator: 'Exists' })).toEqual([`${at}: "any:a b" is no key of a label`]);
  });

  it('takes a raw SPIFFE ID as a value of its own label only', () => {
    const [fault] = ofSpec({ endpointSelector: { matchLabels: { 'any:app': 'spiffe://td/web' } } });
    expect(fault).toContain('spec.endpointSelector.matchLabels: "spiffe://td/web" is no value of a label');
    const [other] = ofSpec({ endpointSelector: { matchLabels: { [ID]: 'spiffe://td' } } });
    expect(other).toContain('"spiffe://td" is no value of a label');
  });

  it('needs one selector of what it is for, and a rule', () => {
    const which = 'spec: takes either endpointSelector or nodeSelector';
    expect(faultsOf({ ingress: [RULE] })).toEqual([which]);
    expect(ofSpec({ nodeSelector: {} })).toEqual([which]);
    expect(faultsOf({ endpointSelector: {} })).toEqual([
      'spec: there is no rule in it; Cilium takes none of that kind',
    ]);
    expect(ofSpec({ ingress: [] })).toEqual(['spec: there is no rule in it; Cilium takes none of that kind']);
  });
});

describe('a policy’s file', () => {
  const fileOf = (spec: Mapping): Record<string, never> => JSON.parse(policyFile('web', spec, 'me')) as never;

  it('encodes SPIFFE IDs where they are labels, and keeps them whole beside', () => {
    const expression = { key: ID, operator: 'In', values: ['spiffe://td/a_b'] };
    const spec = {
      description: 'spiffe://td/web',
      endpointSelector: SUBJECT,
      ingress: [RULE, { fromEndpoints: [{ matchExpressions: [expression] }] }],
    };
    expect(fileOf(spec)).toEqual({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumClusterwideNetworkPolicy',
      metadata: {
        name: 'web',
        annotations: {
          'mesh-play/owner': 'me',
          'mesh-play/spiffe-ids': 'spiffe://td/a_b spiffe://td/api spiffe://td/web',
        },
      },
      spec: {
        description: 'spiffe://td/web',
        endpointSelector: { matchLabels: { [ID]: 'td_web' } },
        ingress: [
          { ...RULE, fromEndpoints: [{ matchLabels: { [ID]: 'td_api' } }] },
          {
            fromEndpoints: [
              { matchExpressions: [{ ...expression, values: [expect.stringMatching(/^sha256-[0-9a-f]{56}$/)] }] },
            ],
          },
        ],
      },
    });
  });

  it('leaves no list out: an absent one may mean everybody', () => {
    const spec = { endpointSelector: {}, ingress: [], egress: [{ toEndpoints: [] }] };
    expect(specOf(policyFile('web', spec, 'me'))).toEqual(spec);
  });
});
