import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates, counted, freePort, idOf, metricsOf, type Sidecar, startSidecar } from '../../support/envoy.ts';

let folder: string;
let sidecar: Sidecar;
let program: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-play-metrics-'));
  await certificates(folder, { stock: idOf('stock'), shop: idOf('shop') });
  program = createServer((_asked, answer) => answer.end('well'));
  await once(program.listen(0, '127.0.0.1'), 'listening');
  sidecar = await startSidecar(folder, 'stock', {
    listen: (program.address() as { port: number }).port,
    mesh_port: await freePort(),
    allow_from: [{ spiffe_id: idOf('shop'), methods: ['GET'] }],
  });
}, 120_000);

afterAll(async () => {
  sidecar?.process.kill();
  program?.close();
  await rm(folder, { recursive: true, force: true });
});

type Where = { host: string; port: number } | { socketPath: string };

/** The status of an answer. */
const ask = (where: Where, method: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ ...where, method, path, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject).end();
  });
const scraped = (): Where => ({ host: '127.0.0.1', port: sidecar.instance.metrics_port });
const admin = (): Where => ({ socketPath: sidecar.adminSocket });

async function call(method: string): Promise<number | undefined> {
  const file = (name: string): Promise<Buffer> => readFile(join(folder, name));
  const own = { cert: await file('shop.crt'), key: await file('shop.key'), ca: await file('ca.crt') };
  return new Promise((resolve, reject) => {
    const where = { host: '127.0.0.1', port: sidecar.instance.mesh_port, agent: false as const };
    const asked = requestTls({ ...where, ...own, method, checkServerIdentity: () => undefined }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject).end();
  });
}

describe('the metrics of a real Envoy', () => {
  it('are there for whoever asks', async () => {
    expect(await ask(scraped(), 'GET', '/stats/prometheus')).toBe(200);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/stats'],
    ['GET', '/certs'],
    ['GET', '/clusters'],
    ['GET', '/config_dump'],
    ['GET', '/stats/prometheus?format=html'],
    ['GET', '/stats/prometheus/../../config_dump'],
    ['GET', '/stats/prometheus%2f..%2f..%2fconfig_dump'],
    ['GET', '/stats/prometheus/%2e%2e;/%2e%2e;/config_dump'],
    ['POST', '/quitquitquit'],
    ['POST', '/logging?level=trace'],
  ])('come without the rest of the admin interface: %s %s', async (method, path) => {
    expect([400, 403, 404]).toContain(await ask(scraped(), method, path));
    expect(await ask(scraped(), 'GET', '/stats/prometheus')).toBe(200);
  });

  it('tell what was let through and what was refused', async () => {
    const now = (): Promise<(number | undefined)[]> =>
      Promise.all(['envoy_http_rbac_allowed', 'envoy_http_rbac_denied'].map((name) => counted(sidecar, name)));
    expect(await now()).toEqual([0, 0]);
    expect(await call('GET')).toBe(200);
    expect(await now()).toEqual([1, 0]);
    expect(await call('POST')).toBe(403);
    expect(await now()).toEqual([1, 1]);
  });

  // Alert rules go by it (mesh.rules.yml.j2).
  it('tell when a certificate ends', async () => {
    const series = /^envoy_listener_ssl_certificate_expiration_unix_time_seconds{.*} (\d+)$/gm;
    const ends = [...(await metricsOf(sidecar)).matchAll(series)].map(
      ([, seconds]) => Number(seconds) - Date.now() / 1000,
    );
    // Its own and the authority's; both were made a moment ago, for a day.
    expect(ends).toHaveLength(2);
    for (const seconds of ends) expect(seconds / 86_400).toBeCloseTo(1, 1);
  });
});

describe('the admin socket of a real Envoy', () => {
  it.each(['/ready', '/stats/prometheus', '/certs', '/clusters', '/listeners'])('tells %s', async (path) => {
    expect(await ask(admin(), 'GET', path)).toBe(200);
  });

  it.each([
    ['GET', '/config_dump'],
    ['GET', '/stats'],
    ['GET', '/ready/../config_dump'],
    ['POST', '/quitquitquit'],
    ['POST', '/logging?level=trace'],
    ['POST', '/drain_listeners'],
    ['POST', '/runtime_modify?a=b'],
  ])('takes no order, and does not tell how it is configured: %s %s', async (method, path) => {
    expect([403, 404]).toContain(await ask(admin(), method, path));
    expect(await ask(admin(), 'GET', '/ready')).toBe(200);
  });
});
