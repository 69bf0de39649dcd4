import type { Output } from './connection.ts';
import { encodeTogether } from './encode.ts';
import { type Asked, outputOf, type Request } from './request.ts';

/** How many requests one run of a survey answers: their parameters must fit into one command line. */
const AT_ONCE = 200;

/**
 * What waits, as the fewest requests that answer the same: reads of one text become one, and so do requests of one
 * survey. Nothing moves past a change, and what has a time limit of its own stays alone. `word` marks where answers
 * end; `again` is given what a survey could not answer together.
 */
export function together(waiting: readonly Request[], word: string, again: (request: Request) => void): Request[] {
  const groups: Request[][] = [];
  let open = new Map<string, Request[]>();
  for (const request of waiting) {
    if (request.effect === 'changes') open = new Map();
    const key = keyOf(request);
    const group = key === undefined ? undefined : open.get(key);
    if (group && group.length < AT_ONCE) group.push(request);
    else {
      const begun = [request];
      groups.push(begun);
      if (key !== undefined) open.set(key, begun);
    }
  }
  return groups.map((group) => joined(group, word, again));
}

/** What requests have in common that can be one; undefined for those that stay alone. */
function keyOf({ effect, timeoutMs, asked, text }: Request): string | undefined {
  if (effect === 'changes' || timeoutMs !== undefined) return undefined;
  if (!asked) return text();
  const { survey, options } = asked;
  const { cwd, environment } = options;
  return cwd === undefined && environment === undefined
    ? survey.script
    : JSON.stringify([survey.script, cwd, environment]);
}

function joined(group: readonly Request[], word: string, again: (request: Request) => void): Request {
  const byArguments = new Map<string, Request[]>();
  for (const request of group) {
    const key = request.asked?.args.join('\0') ?? '';
    const same = byArguments.get(key);
    if (same) same.push(request);
    else byArguments.set(key, [request]);
  }
  const different = [...byArguments.values()].map(shared);
  const [first] = different as [Request];
  return different.length === 1 ? first : surveyed(different, word, again);
}

/** One request for several that ask the same. */
function shared(same: readonly Request[]): Request {
  const [first] = same as [Request];
  if (same.length === 1) return first;
  return {
    ...first,
    resolve: (output) => same.forEach((one) => void one.resolve(output)),
    reject: (problem) => same.forEach((one) => void one.reject(problem)),
  };
}

function surveyed(group: readonly Request[], word: string, again: (request: Request) => void): Request {
  const asked = group.map((request) => request.asked as Asked);
  const [{ survey, options }] = asked as [Asked];
  const end = `${word}+`;
  return {
    text: () =>
      encodeTogether(
        survey,
        asked.flatMap((one) => one.args),
        options,
        end,
      ),
    shown: (group[0] as Request).shown,
    effect: 'reads',
    resolve: ({ bytes }) => {
      const answers = answersIn(bytes, end);
      for (const [index, { asked: _asked, ...request }] of group.entries()) {
        const answer = answers[index];
        if (answer) request.resolve(answer);
        else again(request);
      }
    },
    reject: (problem) => group.forEach((one) => void one.reject(problem)),
  };
}

/** The answers in what a survey printed: each ends with a line of the word and its status. */
function answersIn(bytes: Buffer, word: string): Output[] {
  const marker = Buffer.from(`\n${word} `);
  const answers: Output[] = [];
  for (let from = 0; ; ) {
    const at = bytes.indexOf(marker, from);
    const end = at === -1 ? -1 : bytes.indexOf(10, at + marker.length);
    if (end === -1) return answers;
    const status = Number(bytes.toString('latin1', at + marker.length, end));
    answers.push(outputOf(status, bytes.subarray(from, at), ''));
    from = end + 1;
  }
}
