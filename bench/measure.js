// Starting programs and taking their time.
import { spawn } from 'node:child_process';

/** Runs a program to its end; `ms` is from just before it is started until it has closed its output. */
export function run(program, args, { env = {}, input, limitMs = 900_000 } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const limit = setTimeout(() => child.kill(), limitMs);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(limit);
      resolve({ status, stdout, stderr, ms: performance.now() - started });
    });
  });
}

/** As `run`, but throws with the end of what was printed unless the program succeeds. */
export async function mustRun(program, args, options) {
  const result = await run(program, args, options);
  if (result.status === 0) return result;
  throw new Error(`${program} ${args.join(' ')}: status ${result.status}\n${tail(result, 20)}`);
}

/** The last lines a program printed. */
export function tail({ stdout, stderr }, lines = 3) {
  return `${stdout}\n${stderr}`.trim().split('\n').slice(-lines).join('\n');
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Why a run of a playbook does not count, or undefined: it must succeed and change nothing on every host. */
export function recapFault({ status, stdout, stderr }, hosts) {
  if (status !== 0) return `ended with status ${status}: ${tail({ stdout, stderr })}`;
  for (const { name } of hosts) {
    const line = stdout.match(new RegExp(`^${name}\\s*:.*\\bok=(\\d+)\\s+changed=(\\d+).*$`, 'm'));
    if (!line) return `says nothing of ${name}`;
    if (line[1] === '0' || line[2] !== '0') return `not a converged run: ${line[0].replace(/\s+/g, ' ')}`;
  }
  return undefined;
}
