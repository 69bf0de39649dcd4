import { quote, quoteAll } from '../quote.ts';
import type { QueryOptions, Survey } from './connection.ts';

/** What a shell is asked to run: a program, a script (`name` in messages) with its parameters, or a survey about one thing. */
export type Command =
  | { argv: readonly string[] }
  | { script: string; args: readonly string[]; name?: string }
  | { survey: Survey; args: readonly string[] };

/**
 * A command as the long-lived shell reads it. It runs in a subshell, so that neither `exit` nor `cd` nor a syntax error
 * can reach the shell itself; a lone program is executed by that subshell without a further fork.
 */
export function encode(command: Command, options: QueryOptions): string {
  return framed(bodyOf(command), options);
}

/** A survey about several things: each answer ends with a line of the word `end` and its status. */
export function encodeTogether(survey: Survey, args: readonly string[], options: QueryOptions, end: string): string {
  const answer = `answer() { printf '\\n${end} %s\\n' "\${1:-0}"; }`;
  return framed(`${answer}; ${scriptBody(survey.script, args)}`, options);
}

function bodyOf(command: Command): string {
  if ('argv' in command) return quoteAll(command.argv);
  if ('script' in command) return scriptBody(command.script, command.args);
  return `answer() { exit "\${1:-0}"; }; ${scriptBody(command.survey.script, command.args)}`;
}

function framed(body: string, { stdin, cwd, environment }: QueryOptions): string {
  const before = [
    ...Object.entries(environment ?? {}).map(([name, value]) => `export ${name}=${quote(value)}`),
    ...(cwd === undefined ? [] : [`cd ${quote(cwd)} || exit 1`]),
  ];
  const shell = `( ${[...before, body].join('; ')} )`;
  return stdin === undefined || stdin.length === 0 ? `${shell} </dev/null` : `${feed(stdin)} | ${shell}`;
}

function scriptBody(script: string, args: readonly string[]): string {
  return `set -- ${quoteAll(args)}; eval ${quote(script)}`;
}

/**
 * Standard input by `printf`, which is part of every sh: the data is in no argument list. Not a here-document: bash
 * writes those to files.
 */
function feed(stdin: string | Uint8Array): string {
  const bytes = Buffer.from(stdin);
  const text = bytes.toString('utf8');
  if (!bytes.includes(0) && Buffer.from(text, 'utf8').equals(bytes)) return `printf %s ${quote(text)}`;
  return `printf %s ${bytes.toString('base64')} | base64 -d`;
}

/** A command as a person would write it, for messages. */
export function shown(command: Command): string {
  if ('argv' in command) return quoteAll(command.argv);
  if ('name' in command && command.name !== undefined) return command.name;
  const { script } = 'survey' in command ? command.survey : command;
  const first = script.trim().split('\n')[0] ?? '';
  return `sh script (${first.length > 60 ? `${first.slice(0, 60)}…` : first})`;
}
