import { Problem } from '../problem.ts';
import { quote, quoteAll } from '../quote.ts';
import type { Become, Channel } from './connection.ts';

/** What a shell prints when it is there, so that whatever a login prints before it can be told apart. */
export const READY = 'mesh-play shell ready';
const PROMPT = 'mesh-play become password:';

/** The command line that starts a shell, as the connection's user or as another. The login shell may be any. */
export function shellCommand(shell: string, become?: Become): string {
  const start = `printf '${READY}\\n'; exec ${quote(shell)}`;
  const plain = `exec ${quote(shell)} -c ${quote(start)}`;
  if (!become) return plain;
  const flags = become.flags.length > 0 ? ` ${quoteAll(become.flags)}` : '';
  const exe = quote(become.exe ?? become.method);
  if (become.method === 'su') return `LC_ALL=C exec ${exe}${flags} ${quote(become.user)} -c ${quote(plain)}`;
  const ask = become.password === undefined ? '-n' : `-S -p ${quote(PROMPT)}`;
  return `exec ${exe} -H ${ask}${flags} -u ${quote(become.user)} ${quote(shell)} -c ${quote(start)}`;
}

/**
 * Waits until the shell says that it is there, giving the password when it is asked for and only then: a password sent
 * unasked would be read by the shell as a command.
 */
export function arrive(
  channel: Channel,
  host: string,
  shell: string,
  become?: Become,
  timeoutMs?: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let [out, err, asked] = ['', '', 0];
    let settled = false;
    const settle = (end: () => void): void => {
      settled = true;
      clearTimeout(timer);
      channel.stdout.off('data', onOut);
      channel.stderr.off('data', onErr);
      end();
    };
    const fail = (problem: Problem): void => {
      // A shell that was there ends later on, and what was started in it lives on.
      if (settled) return;
      settle(() => {
        channel.destroy();
        reject(problem);
      });
    };
    const onOut = (chunk: Buffer): void => {
      out += chunk.toString('utf8');
      if (out.includes(`${READY}\n`)) settle(resolve);
    };
    const onErr = (chunk: Buffer): void => {
      err += chunk.toString('utf8');
      const prompts = become ? countPrompts(err, become) : 0;
      // Never twice for one prompt: what follows it on its line may be said by the shell that is there by now.
      if (prompts <= asked || !become) return;
      asked = prompts;
      if (become.password === undefined || asked > 1) fail(refusal(host, become, asked > 1));
      else channel.stdin.write(`${become.password}\n`);
    };
    const end = (): void => fail(late(host, become, timeoutMs ?? 0, lastLines(`${out}\n${err}`)));
    // What has come while others kept this process at work is read first.
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => setImmediate(end), timeoutMs);
    channel.stdout.on('data', onOut);
    channel.stderr.on('data', onErr);
    channel.stdin.on('error', () => undefined);
    void channel.closed.then(({ status, reason }) =>
      fail(ended(host, shell, become, status, reason, `${out}\n${err}`, asked)),
    );
  });
}

const countPrompts = (text: string, become: Become): number =>
  become.method === 'sudo' ? text.split(PROMPT).length - 1 : (text.match(/password: ?$/gim)?.length ?? 0);

function refusal(host: string, become: Become, wrong: boolean): Problem {
  return new Problem({
    code: 'become-failed',
    what: wrong
      ? `${become.method} refused the password for user "${become.user}" on ${host}`
      : `${become.method} asks for a password to become "${become.user}" on ${host}, and none was given`,
    mend: wrong ? 'give the right one by -K or ansible_become_password' : 'give it by -K or ansible_become_password',
  });
}

/** Whoever is asked for something else than a password, as a second factor, gives no answer. */
function late(host: string, become: Become | undefined, timeoutMs: number, details: string[]): Problem {
  const within = `within ${timeoutMs / 1000} s`;
  return new Problem({
    code: become ? 'become-failed' : 'unreachable',
    what: become
      ? `${become.method} did not become "${become.user}" on ${host} ${within}`
      : `the login at ${host} came to no shell ${within}`,
    details,
    mend: 'where it needs longer, set ansible_timeout',
  });
}

const lastLines = (printed: string): string[] =>
  printed
    .trim()
    .split('\n')
    .slice(-5)
    .filter((line) => line !== '' && !line.includes(PROMPT));

function ended(
  host: string,
  shell: string,
  become: Become | undefined,
  status: number | undefined,
  reason: string,
  printed: string,
  asked: number,
): Problem {
  const details = lastLines(printed);
  const wrong = asked > 0 && /authentication failure|incorrect password|try again/i.test(printed);
  if (become && (wrong || /a password is required/.test(printed))) return refusal(host, become, wrong);
  if (become) {
    return new Problem({
      code: 'become-failed',
      what: `${become.method} could not become "${become.user}" on ${host}`,
      details,
    });
  }
  if (status === undefined) {
    return new Problem({ code: 'connection-lost', what: `the connection to ${host} was lost: ${reason}`, details });
  }
  return new Problem({
    code: 'no-shell',
    what: `${host} has no shell at ${shell}`,
    details,
    mend: 'say where sh is in ansible_shell_executable',
  });
}
