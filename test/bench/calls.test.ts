import { join } from 'node:path';
import { expect, it } from 'vitest';

const { figuresOf } = await import(join(import.meta.dirname, '../../bench/calls.js'));

it('the bench reads the latencies of wrk, and no share of its threads', () => {
  const said = `Running 3s test @ http://127.0.0.2/api/bench
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.61ms    2.18ms  21.39ms   87.50%
    Req/Sec     1.21k   103.82     1.40k    60.99%
  Latency Distribution
     50%    3.01ms
     75%    4.12ms
     90%    6.20ms
     99%   12.54ms
  3620 requests in 3.00s, 1.02MB read
Requests/sec:   1203.12
Transfer/sec:    348.21KB
`;
  expect(figuresOf(said)).toEqual({ rate: 1203.12, p50: '3.01ms', p99: '12.54ms' });
});
