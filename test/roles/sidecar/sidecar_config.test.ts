import { describe, expect, it } from 'vitest';
import type { Content } from '../../../engine/module.ts';
import { filesOf, trialOf } from '../../../roles/sidecar/lib/bootstrap.ts';
import type { Instance } from '../../../roles/sidecar/lib/instance.ts';
import { rules } from '../../../roles/sidecar/lib/rbac.ts';
import { commonTls } from '../../../roles/sidecar/lib/tls.ts';
import sidecarConfig from '../../../roles/sidecar/modules/sidecar_config.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const CALLER = 'spiffe://mesh.internal/service1';
const INSTANCE: Instance = {
  name: 'service2',
  host: 'vm1',
  spiffe_id: 'spiffe://mesh.internal/service2',
  protocol: 'http',
  listen: 8080,
  mesh_port: 8443,
  metrics_port: 9902,
  connection_ttl: 1800,
  allow_from: [{ spiffe_id: CALLER, methods: ['GET'], paths: ['/api/*', '/health'] }],
  egress: [
    {
      service: 'service3',
      spiffe_id: 'spiffe://mesh.internal/service3',
      dns_name: 'service3.mesh.internal',
      protocol: 'tcp',
      port: 7000,
      mesh_port: 8443,
      loopback: '127.100.1.2',
    },
  ],
};
const AROUND = {
  trustDomain: 'mesh.internal',
  agentSocket: '/run/spire/agent.sock',
  dnsServers: ['192.0.2.1'],
  folder: '/etc/mesh/service2',
  adminSocket: '/run/mesh-sidecar-service2/admin.sock',
};

/** Every object in a configuration, so that a test can look for one without spelling out the way to it. */
function* objects(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) for (const item of value) yield* objects(item);
  else if (typeof value === 'object' && value !== null) {
    yield value as Record<string, unknown>;
    yield* objects(Object.values(value));
  }
}
const having = (value: unknown, key: string): Record<string, unknown>[] =>
  [...objects(value)].filter((object) => key in object);
const listeners = (instance: Instance): Record<string, unknown>[] =>
  (filesOf(instance, AROUND)['listeners.json'] as { resources: Record<string, unknown>[] }).resources;
const named = (instance: Instance, name: string) => listeners(instance).find((one) => one['name'] === name);

describe('what peers may do', () => {
  it('wants a certificate of exactly the SPIFFE IDs that are allowed', () => {
    const [tls] = having(named(INSTANCE, 'inbound'), 'require_client_certificate');
    expect(tls?.['require_client_certificate']).toBe(true);
    const names = having(tls, 'match_typed_subject_alt_names').map((one) => one['match_typed_subject_alt_names']);
    expect(names).toEqual([[{ san_type: 'URI', matcher: { exact: CALLER } }]]);
  });

  it('has no listener for peers when nobody is allowed', () => {
    expect(listeners({ ...INSTANCE, allow_from: [] }).map(({ name }) => name)).toEqual(['to-service3', 'metrics']);
  });

  it('never takes any SVID of the trust domain for want of a name', () => {
    expect(() => commonTls(CALLER, 'mesh.internal', [])).toThrow();
  });

  it('allows each peer its own methods and paths', () => {
    const other = { spiffe_id: 'spiffe://mesh.internal/other' };
    expect(rules([...INSTANCE.allow_from, other])).toEqual({
      action: 'ALLOW',
      policies: {
        [CALLER]: {
          principals: [{ authenticated: { principal_name: { exact: CALLER } } }],
          permissions: [
            {
              and_rules: {
                rules: [
                  { or_rules: { rules: [{ header: { name: ':method', string_match: { exact: 'GET' } } }] } },
                  {
                    or_rules: {
                      rules: [
                        { url_path: { path: { prefix: '/api/' } } },
                        { url_path: { path: { exact: '/health' } } },
                      ],
                    },
                  },
                  { not_rule: { url_path: { path: { safe_regex: { regex: '.*/\\.\\.[;%].*' } } } } },
                ],
              },
            },
          ],
        },
        [other.spiffe_id]: {
          principals: [{ authenticated: { principal_name: { exact: other.spiffe_id } } }],
          permissions: [{ any: true }],
        },
      },
    });
  });

  it('allows a peer that is named twice what either says, and nothing made of both', () => {
    const permissions = (...allowed: Omit<Instance['allow_from'][number], 'spiffe_id'>[]) =>
      having(rules(allowed.map((from) => ({ spiffe_id: CALLER, ...from }))), 'permissions').flatMap(
        (policy) => policy['permissions'],
      );
    const [one, other] = [
      { methods: ['GET'], paths: ['/a'] },
      { methods: ['POST'], paths: ['/b'] },
    ];
    expect(permissions(one, other)).toEqual([...permissions(one), ...permissions(other)]);
  });

  it('compares a path only after it was normalised, and refuses one that hides slashes', () => {
    const [manager] = having(named(INSTANCE, 'inbound'), 'normalize_path');
    expect(manager).toMatchObject({
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'REJECT_REQUEST',
      forward_client_cert_details: 'SANITIZE_SET',
    });
  });

  it('holds a program that speaks no HTTP to the same peers', () => {
    const inbound = named({ ...INSTANCE, protocol: 'tcp', allow_from: [{ spiffe_id: CALLER }] }, 'inbound');
    const kinds = having(inbound, 'typed_config').map(({ name }) => name);
    expect(kinds).toContain('envoy.filters.network.rbac');
    expect(kinds).not.toContain('envoy.filters.network.http_connection_manager');
  });

  it('ends every connection when a certificate would have ended', () => {
    const files = filesOf(INSTANCE, AROUND);
    const [tcp, http] = ['max_downstream_connection_duration', 'max_connection_duration'].map((key) =>
      having(files, key),
    );
    expect(new Set(tcp?.map((one) => one['max_downstream_connection_duration']))).toEqual(new Set(['1800s']));
    // What begins on a connection just before its end goes on for as long again.
    expect(new Set(http?.map((one) => one['max_connection_duration']))).toEqual(new Set(['900s']));
    expect(new Set(having(files, 'max_stream_duration').map((one) => one['max_stream_duration']))).toEqual(
      new Set(['900s']),
    );
  });
});

describe('where a service may call', () => {
  it('listens for each destination at its loopback address, and takes only that service for it', () => {
    const outbound = named(INSTANCE, 'to-service3');
    expect(outbound?.['address']).toEqual({ socket_address: { address: '127.100.1.2', port_value: 7000 } });
    const [cluster] = having(filesOf(INSTANCE, AROUND)['clusters.json'], 'dns_lookup_family');
    expect(cluster).toMatchObject({ name: 'to-service3', type: 'STRICT_DNS' });
    expect(having(cluster, 'match_typed_subject_alt_names')[0]).toEqual({
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: 'spiffe://mesh.internal/service3' } }],
    });
  });
});

describe('the admin interface', () => {
  it('only reads, since the program can reach it', () => {
    const { admin } = filesOf(INSTANCE, AROUND)['envoy.json'] as { admin: { allow_paths: { exact: string }[] } };
    expect(admin.allow_paths.map(({ exact }) => exact)).toEqual([
      '/ready',
      '/stats/prometheus',
      '/certs',
      '/clusters',
      '/listeners',
    ]);
  });

  it('shows strangers its metrics and nothing else', () => {
    const routes = having(named(INSTANCE, 'metrics'), 'match').map(({ match }) => match);
    expect(routes).toEqual([{ path: '/stats/prometheus' }]);
  });
});

describe('sidecar_config', () => {
  const prepared = async () => {
    const args = {
      instance: INSTANCE,
      trust_domain: 'mesh.internal',
      agent_socket: '/run/spire/agent.sock',
      dns_servers: ['192.0.2.1'],
      program: '/opt/envoy/current/envoy',
    };
    const text = (content: string | Uint8Array): Content => ({
      size: content.length,
      sha256: '',
      open: async function* () {
        yield Buffer.from(content);
      },
    });
    return sidecarConfig.prepare?.(controllerFor({ text }), args) as never;
  };

  it('writes what Envoy accepts: clusters before the listeners that name them', async () => {
    const ready = await prepared();
    const changes = sidecarConfig.plan({}, ready);
    const { trial, wanted } = ready as { trial: string; wanted: Record<string, string> };
    const host = new FakeHost([
      { script: /--mode validate/, args: ['/opt/envoy/current/envoy'], stdin: trial },
      { argv: ['mkdir', '-p', '-m', '0755', '/etc/mesh/service2'] },
      ...['envoy.json', 'clusters.json', 'listeners.json'].map((name) => ({
        write: `/etc/mesh/service2/${name}`,
        text: wanted[name] as string,
      })),
    ]);
    await sidecarConfig.apply(host, changes, ready, controllerFor({}), {});
    host.done();
    expect(sidecarConfig.plan(wanted, ready)).toEqual([]);
  });

  it('writes nothing that Envoy refuses', async () => {
    const ready = await prepared();
    const changes = sidecarConfig.plan({}, ready);
    const host = new FakeHost([
      {
        script: /--mode validate/,
        args: ['/opt/envoy/current/envoy'],
        stdin: (ready as { trial: string }).trial,
        answer: { status: 1, stdout: 'error initializing configuration\n' },
      },
    ]);
    const applied = sidecarConfig.apply(host, changes, ready, controllerFor({}), {});
    await expect(applied).rejects.toThrow('Envoy refuses the new configuration of service2 on fake');
    host.done();
  });

  it('gives Envoy for its trial all that the watched files hold', () => {
    const { static_resources: trial } = trialOf(INSTANCE, AROUND) as { static_resources: { listeners: unknown[] } };
    expect(trial.listeners).toHaveLength(listeners(INSTANCE).length);
  });
});
