import { buffer } from 'node:stream/consumers';
import { placeOfWritten, type Written } from '../arguments.ts';
import type { Content } from '../connection/connection.ts';
import type { Controller, TemplateOptions } from '../module.ts';
import type { SearchPaths } from '../playbook/expression.ts';
import { missingSource, seek } from '../playbook/sources.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { type Place, Problem } from '../problem.ts';
import type { Mapping } from '../value.ts';
import { bytesContent, fileContent, openedContent } from './content.ts';
import type { Run } from './options.ts';
import type { Turn } from './turn.ts';
import { waited } from './waited.ts';

/** What one task may ask of the controller. */
export class TaskController implements Controller {
  readonly check: boolean;
  readonly host: string;
  readonly verbosity: number;
  readonly cacheFolder: string;
  readonly #run: Run;
  readonly #scope: TaskScope;
  readonly #facts: Mapping;
  readonly #turn: Turn;
  readonly #written: Written;

  constructor(run: Run, scope: TaskScope, host: string, check: boolean, facts: Mapping, turn: Turn, written: Written) {
    this.#run = run;
    this.#scope = scope;
    this.check = check;
    this.host = host;
    this.#facts = facts;
    this.#turn = turn;
    this.#written = written;
    this.cacheFolder = run.cacheFolder;
    this.verbosity = run.verbosity;
  }

  get facts(): Mapping {
    const entries = Object.entries(this.#facts);
    return Object.fromEntries(entries.map(([name, value]) => [name.replace(/^ansible_/, ''), value]));
  }

  find(kind: 'files' | 'templates' | 'vars', path: string): Promise<string> {
    return findFile(kind, path, this.#scope.paths, this.#run.connection.homeFolder);
  }

  async file(path: string, decrypt = true): Promise<Content> {
    const { content, vaulted } = await fileContent(path, this.cacheFolder);
    return vaulted && decrypt ? openedContent(content, path, this.#run.unvault) : content;
  }

  text(text: string | Uint8Array): Content {
    return bytesContent(Buffer.from(text));
  }

  async readVars(path: string): Promise<Mapping> {
    return this.#run.readVars(path);
  }

  async renderFile(path: string, options: TemplateOptions = {}): Promise<string> {
    const content = await this.file(path);
    const text = content.text ?? (await buffer(content.open())).toString('utf8');
    return this.#run.expressions.renderFile(text, path, this.#scope, { ...options });
  }

  placeOf(path: readonly (string | number)[]): Place | undefined {
    return placeOfWritten(path, this.#written);
  }

  secret(value: string): void {
    this.#run.secrets.add(value);
  }

  warn(text: string): void {
    this.#turn.warn(text);
  }

  tell(text: string): void {
    this.#turn.tell(text);
  }

  async ask(question: string, hidden: boolean): Promise<string | undefined> {
    return this.#run.ask?.(question, hidden);
  }

  pause(ms: number): Promise<void> {
    return waited(ms, this.#run.signal);
  }

  progress(label: string, done: number, total: number): void {
    this.#turn.progress(label, done, total);
  }
}

/** Finds a file in Ansible's order: each folder's subfolder of that kind, then the folder itself. */
async function findFile(kind: string, path: string, paths: SearchPaths, home: string): Promise<string> {
  const sought = seek(kind, path, paths.folders, home);
  if ('found' in sought) return sought.found;
  throw new Problem(missingSource(path, sought.tried));
}
