import { createServer, type RequestListener } from 'node:http';
import { afterAll } from 'vitest';

/** A web server on loopback for one test file; its address. */
export async function webServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
