import { isatty } from 'node:tty';
import { main } from './cli/main.ts';

const stop = new AbortController();
// The first Ctrl-C ends the run in order; a second one ends mesh-play at once.
process.on('SIGINT', () => (stop.signal.aborted ? process.exit(99) : stop.abort()));
process.on('SIGTERM', () => stop.abort());
// A reader that went away (`mesh-play … | head`) is no reason for a stack trace.
process.stdout.on('error', () => stop.abort());

void main({
  argv: process.argv.slice(2),
  environment: process.env,
  attended: isatty(0),
  // Node opens it when it is looked at, which few runs do.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  interrupt: () => stop.abort(),
}).then((code) => {
  process.exitCode = code;
});
