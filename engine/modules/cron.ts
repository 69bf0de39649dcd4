import {
  backupSuffix,
  type Change,
  type CronWish,
  defineModule,
  editCrontab,
  namesInCrontab,
  Problem,
  type Reader,
  withoutHeader,
} from '../module.ts';

interface Args {
  name: string;
  job?: string;
  state: 'present' | 'absent';
  user?: string;
  cron_file?: string;
  minute: string;
  hour: string;
  day: string;
  month: string;
  weekday: string;
  special_time?: string;
  disabled: boolean;
  env: boolean;
  insertafter?: string;
  insertbefore?: string;
  backup: boolean;
}

interface Ready extends CronWish {
  /** Absent for a user's crontab. */
  file?: string;
  user: string;
  present: boolean;
  given: string | undefined;
  copy: string | undefined;
  check: boolean;
}

interface State {
  /** The crontab; null when its file is not there. */
  text: string | null;
  encoding: BufferEncoding;
}

/** One of the five fields of crontab(5), or its special word. */
const field = (description: string, aliases: readonly string[] = []) =>
  ({ type: 'string', default: '*', description, ...(aliases.length > 0 ? { aliases } : {}) }) as const;

/** Keeps a job or a variable in a crontab. */
export default defineModule<Args, State, Ready>({
  name: 'cron',
  description: 'Keeps a job or a variable in a user’s crontab, or in a file of /etc/cron.d.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    mutuallyExclusive: [['insertafter', 'insertbefore']],
    properties: {
      name: {
        type: 'string',
        description: 'The job’s name, which stands as “#Ansible: name” above it; of a variable its own name.',
      },
      job: {
        type: 'string',
        aliases: ['value'],
        description: 'The command of one line, or the variable’s value. Needed unless state is absent.',
      },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether it should be there. A cron_file that nothing is left in is removed.',
      },
      user: {
        type: 'string',
        description: 'Whose crontab. Default: the user of the task. With cron_file, as whom the job runs.',
      },
      cron_file: {
        type: 'string',
        format: 'path',
        description: 'A file instead of the user’s crontab; one without a slash in front is of /etc/cron.d.',
      },
      minute: field('Minute: 0-59, * or */2.'),
      hour: field('Hour: 0-23.'),
      day: field('Day of the month: 1-31.', ['dom']),
      month: field('Month: 1-12.'),
      weekday: field('Day of the week: 0-6 from Sunday on.', ['dow']),
      special_time: {
        type: 'string',
        enum: ['annually', 'daily', 'hourly', 'monthly', 'reboot', 'weekly', 'yearly'],
        description: 'A word in place of the five fields.',
      },
      disabled: { type: 'boolean', default: false, description: 'Keep the job as a comment.' },
      env: { type: 'boolean', default: false, description: 'Keep a variable, not a job.' },
      insertafter: { type: 'string', description: 'A new variable goes below the one of this name, not on top.' },
      insertbefore: { type: 'string', description: 'A new variable goes above the one of this name.' },
      backup: { type: 'boolean', default: false, description: 'Keep a copy of the crontab that is changed, in /tmp.' },
    },
  },
  examples: `- cron:
    name: look for renewals
    minute: '30'
    hour: '3'
    job: certbot renew --quiet
- cron:
    name: nightly
    cron_file: nightly
    user: root
    special_time: daily
    job: /usr/local/sbin/nightly
`,
  prepare: async (controller, args) => {
    checked(args);
    const odd = args.cron_file?.split('/').at(-1);
    if (odd !== undefined && !/^[A-Z0-9_-]+$/i.test(odd))
      controller.warn(`cron leaves out a file that is called "${odd}": letters, digits, _ and - it takes`);
    return wishOf(args, controller.check);
  },
  probe: (host, ready) => (ready.file === undefined ? readUsers(host, ready) : readFile(host, ready.file)),
  plan: ({ text }, ready): Change[] => {
    const before = text ?? '';
    const after = editCrontab(before, ready);
    if (after === undefined) return [];
    const gone = ready.file !== undefined && !ready.present && !ready.variable && after.trim() === '';
    const key = ready.file ?? (ready.user === '' ? 'crontab' : `crontab of ${ready.user}`);
    return [{ key, before: text, after: gone ? null : after, text: true }];
  },
  apply: async (host, [change], { file, user, copy }, controller, { text, encoding }) => {
    const content = (of: string) => controller.text(encoding === 'utf8' ? of : Buffer.from(of, encoding));
    if (copy !== undefined) await host.write(copy, content(text ?? ''), { mode: '0600' });
    const after = change?.after;
    if (typeof after !== 'string') await host.run(['rm', '-f', '--', file ?? '']);
    else if (file === undefined) await host.runScript(WRITE, [user], { stdin: Buffer.from(after, encoding) });
    else await host.write(file, content(after));
  },
  returns: ({ text }, { given, copy }, changes) => {
    const [change] = changes;
    return {
      ...namesInCrontab(String((change ? change.after : text) ?? '')),
      ...(given === undefined ? {} : { cron_file: given }),
      ...(copy !== undefined && change ? { backup_file: copy } : {}),
    };
  },
});

/** $1 a user or nothing. Only root may name one, so one's own name is left out. */
const AS_USER = `command -v crontab >/dev/null || exit 127
[ -n "$1" ] && [ "$(id -un)" != "$1" ] && set -- -u "$1" || set --`;
const READ = `${AS_USER}
crontab "$@" -l`;
const WRITE = `${AS_USER}
crontab "$@" -`;

async function readUsers(host: Reader, { user, check }: Ready): Promise<State> {
  const { status, bytes, stderr } = await host.script(READ, [user], { ok: 'any', name: 'crontab -l' });
  // 1 is what it ends with when there is no crontab. In check mode an earlier task may have installed cron.
  if (status === 1 || (status === 127 && check)) return { text: '', encoding: 'utf8' };
  if (status === 127)
    throw new Problem({
      code: 'no-crontab',
      what: 'the host has no crontab program',
      mend: 'install it before, with apt: name=cron',
    });
  if (status !== 0)
    throw new Problem({
      code: 'command-failed',
      what: `crontab -l ended with status ${status}`,
      details: stderr.trim().split('\n'),
    });
  const state = read(bytes);
  return { ...state, text: withoutHeader(state.text) };
}

async function readFile(host: Reader, file: string): Promise<State> {
  const bytes = await host.readFile(file);
  return bytes ? read(bytes) : { text: null, encoding: 'utf8' };
}

/** Bytes that are no UTF-8 keep their places as latin-1. */
function read(bytes: Buffer): State & { text: string } {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { text, encoding: 'utf8' }
    : { text: bytes.toString('latin1'), encoding: 'latin1' };
}

function checked(args: Args): void {
  const { job, state, user, cron_file: file, env, name, special_time: special, insertafter, insertbefore } = args;
  const wrong = (what: string, mend?: string): Problem =>
    new Problem({ code: 'wrong-argument', what: `cron: ${what}`, mend });
  if (file === '/etc/crontab') throw wrong('/etc/crontab is not kept by cron_file', 'take a name in /etc/cron.d');
  const { minute, hour, day, month, weekday } = args;
  if (special !== undefined && [minute, hour, day, month, weekday].some((each) => each !== '*'))
    throw wrong('a job has a special_time or fields of its time, not both');
  if (env && name.includes(' ')) throw wrong(`"${name}" cannot be the name of a variable`);
  if (state === 'absent') return;
  if (file !== undefined && user === undefined) throw wrong('"user" is needed with cron_file', 'say user: root');
  if (job === undefined) throw wrong('"job" is needed unless state is absent');
  if (!env && (insertafter ?? insertbefore) !== undefined)
    throw wrong('"insertafter" and "insertbefore" are for variables', 'add env: true');
  if (/[\r\n]/.test(job.replace(/^[\r\n]+|[\r\n]+$/g, '')))
    throw wrong('"job" is more than one line', 'put the lines into a script and call that');
}

function wishOf(args: Args, check: boolean): Ready {
  const { name, state, user, cron_file: given, env, insertafter, insertbefore } = args;
  const beside = insertafter ?? insertbefore;
  return {
    name,
    variable: env,
    present: state === 'present',
    ...(state === 'present' ? { line: lineOf(args) } : {}),
    ...(beside === undefined ? {} : { beside: { name: beside, after: insertafter !== undefined } }),
    ...(given === undefined ? {} : { file: given.startsWith('/') ? given : `/etc/cron.d/${given}` }),
    user: user ?? '',
    given,
    copy: args.backup ? `/tmp/crontab${backupSuffix()}` : undefined,
    check,
  };
}

function lineOf(args: Args): string {
  const { name, job = '', env, disabled, cron_file: file, user, special_time: special } = args;
  if (env) return `${name}="${job}"`;
  const { minute, hour, day, month, weekday } = args;
  const times = special === undefined ? [minute, hour, day, month, weekday] : [`@${special}`];
  const as = file === undefined ? [] : [user ?? ''];
  return `${disabled ? '#' : ''}${[...times, ...as, job.replace(/^[\r\n]+|[\r\n]+$/g, '')].join(' ')}`;
}
