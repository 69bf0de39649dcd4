import type {
  Content,
  Output,
  QueryOptions,
  Stat,
  Survey,
  WriteOptions,
  Writer,
} from '../../engine/connection/connection.ts';
import { Problem } from '../../engine/problem.ts';

/** A call a module is expected to make, and what the host answers. */
export interface Call {
  /** The whole command line of `query` or `run`. */
  argv?: readonly string[];
  /** What the text of a `script` or `runScript` matches. */
  script?: RegExp;
  /** A path that is read or looked at. */
  readFile?: string;
  stat?: string;
  /** A path that is written, and with what. */
  write?: string;
  text?: string;
  /** Arguments of the script. */
  args?: readonly string[];
  /** Standard input; none is expected when absent. */
  stdin?: string;
  answer?: { status?: number; stdout?: string; stderr?: string; file?: string; stat?: Stat };
}

type Asked = Omit<Call, 'script' | 'answer'> & { script?: string };

/** A host that answers the calls it expects, in their order, and fails the test on any other. */
export class FakeHost implements Writer {
  readonly host = 'fake';
  /** Environments of the calls so far, in their order. */
  readonly environments: Readonly<Record<string, string>>[] = [];
  readonly #left: Call[];

  constructor(calls: readonly Call[]) {
    this.#left = [...calls];
  }

  /** Fails when calls are left that nobody made. */
  done(): void {
    const [first] = this.#left;
    if (first) throw new Error(`${this.#left.length} calls were not made, first ${shown(first)}`);
  }

  query(argv: readonly string[], options: QueryOptions = {}): Promise<Output> {
    return this.#answer({ argv }, options);
  }

  run(argv: readonly string[], options: QueryOptions = {}): Promise<Output> {
    return this.#answer({ argv }, options);
  }

  script(script: string, args: readonly string[] = [], options: QueryOptions = {}): Promise<Output> {
    return this.#answer({ script, args }, options);
  }

  runScript(script: string, args: readonly string[] = [], options: QueryOptions = {}): Promise<Output> {
    return this.#answer({ script, args }, options);
  }

  survey({ script }: Survey, args: readonly string[], options: QueryOptions = {}): Promise<Output> {
    return this.#answer({ script, args }, options);
  }

  async stat(path: string): Promise<Stat | undefined> {
    return this.#next({ stat: path }).answer?.stat;
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    const file = this.#next({ readFile: path }).answer?.file;
    return file === undefined ? undefined : Buffer.from(file);
  }

  async write(path: string, content: Content, _options?: WriteOptions): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content.open()) chunks.push(chunk);
    this.#next({ write: path, text: Buffer.concat(chunks).toString('utf8') });
  }

  async #answer(asked: Asked, { stdin, ok = [0], environment = {} }: QueryOptions): Promise<Output> {
    const sent = stdin === undefined ? {} : { stdin: Buffer.from(stdin).toString('utf8') };
    const { answer = {} } = this.#next({ ...asked, ...sent });
    this.environments.push(environment);
    const { status = 0, stdout = '', stderr = '' } = answer;
    if (ok !== 'any' && !ok.includes(status)) throw failed(status, stderr);
    return { status, stdout, stderr, bytes: Buffer.from(stdout) };
  }

  #next(asked: Asked): Call {
    const expected = this.#left.shift();
    if (expected && matches(expected, asked)) return expected;
    throw new Error(`the host was asked ${shown(asked)}\ninstead of ${expected ? shown(expected) : 'nothing further'}`);
  }
}

/** As the engine's session says it. */
const failed = (status: number, stderr: string): Problem =>
  new Problem({
    code: 'command-failed',
    what: `the command ended with status ${status}`,
    details: stderr.trim().split('\n').slice(-20),
  });

function matches(expected: Call, asked: Asked): boolean {
  if (expected.script && !expected.script.test(asked.script ?? '')) return false;
  if (!expected.script && asked.script !== undefined) return false;
  const same = (key: 'argv' | 'args' | 'stdin' | 'readFile' | 'stat' | 'write' | 'text'): boolean =>
    JSON.stringify(expected[key]) === JSON.stringify(asked[key]);
  const given = (key: 'args' | 'text'): boolean => expected[key] === undefined || same(key);
  return (
    given('args') &&
    given('text') &&
    (['argv', 'stdin', 'readFile', 'stat', 'write'] as const).every((key) => same(key))
  );
}

const shown = ({ answer: _answer, script, ...rest }: Call | (Asked & { answer?: undefined })): string =>
  JSON.stringify({ ...rest, ...(script === undefined ? {} : { script: String(script) }) });
