import type { Analysis } from './scalars.ts';

/** Where a node stands: what decides how it may be written. */
export interface Context {
  key?: boolean;
  mapping?: boolean;
}

/**
 * Writes YAML as libyaml's emitter does, which PyYAML and so Ansible use: the same columns, breaks and quotes.
 * https://github.com/yaml/libyaml/blob/master/src/emitter.c
 */
export class Emitter {
  readonly #indentBy: number;
  readonly #width: number;
  readonly #indents: number[] = [];
  #indent = -1;
  #column = 0;
  #whitespace = true;
  #indention = true;
  #text = '';
  flowLevel = 0;

  constructor(indent: number, width: number) {
    this.#indentBy = indent >= 2 && indent <= 9 ? indent : 2;
    this.#width = width >= 0 && width <= this.#indentBy * 2 ? 80 : width < 0 ? Infinity : width;
  }

  get text(): string {
    return this.#text;
  }

  /** Sets the indentation of what is inside; `leave` takes it back. */
  enter(flow: boolean, indentless = false): void {
    this.#indents.push(this.#indent);
    if (this.#indent < 0) this.#indent = flow ? this.#indentBy : 0;
    else if (!indentless) this.#indent += this.#indentBy;
  }

  leave(): void {
    this.#indent = this.#indents.pop() ?? -1;
  }

  /** A list in a mapping is not indented under its key. */
  get indentless(): boolean {
    return !this.#indention;
  }

  indicator(text: string, spaced: boolean, space = false, indention = false): void {
    if (spaced && !this.#whitespace) this.#put(' ');
    this.#put(text);
    this.#whitespace = space;
    this.#indention &&= indention;
  }

  /** A new line with its indentation, unless that is where the writing stands. */
  line(): void {
    const indent = Math.max(0, this.#indent);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#break();
    this.#put(' '.repeat(Math.max(0, indent - this.#column)));
    this.#whitespace = true;
    this.#indention = true;
  }

  /** Goes to a new line in a flow collection that has become too wide. */
  wrap(): void {
    if (this.#column > this.#width) this.line();
  }

  scalar({ letters, style }: Analysis, mayBreak: boolean): void {
    if (style === 'plain') {
      if (!this.#whitespace && (letters.length > 0 || this.flowLevel > 0)) this.#put(' ');
      this.#words(letters, mayBreak, false);
      this.#whitespace = false;
      this.#indention = false;
    } else if (style === 'single') {
      this.indicator("'", true);
      this.#words(letters, mayBreak, true);
      this.indicator("'", false);
    } else this.#double(letters, mayBreak);
  }

  /** A text that is plain or in single quotes: a line end is written twice, and a long line is broken at a space. */
  #words(letters: readonly string[], mayBreak: boolean, quoted: boolean): void {
    let [spaces, breaks] = [false, false];
    for (const [at, letter] of letters.entries()) {
      if (letter === ' ') {
        const inside = !quoted || (at > 0 && at < letters.length - 1);
        if (mayBreak && !spaces && this.#column > this.#width && inside && letters[at + 1] !== ' ') this.line();
        else this.#put(' ');
        spaces = true;
      } else if (letter === '\n') {
        if (!breaks) this.#break();
        this.#break();
        this.#indention = true;
        breaks = true;
      } else {
        if (breaks) this.line();
        this.#put(quoted && letter === "'" ? "''" : letter);
        this.#indention = false;
        spaces = false;
        breaks = false;
      }
    }
    if (quoted && breaks) this.line();
  }

  #double(letters: readonly string[], mayBreak: boolean): void {
    this.indicator('"', true);
    let spaces = false;
    for (const [at, letter] of letters.entries()) {
      const inside = at > 0 && at < letters.length - 1;
      if (letter === ' ' && mayBreak && !spaces && this.#column > this.#width && inside) {
        this.line();
        if (letters[at + 1] === ' ') this.#put('\\');
      } else this.#put(letter);
      spaces = letter === ' ';
    }
    this.indicator('"', false);
  }

  #put(text: string): void {
    this.#text += text;
    this.#column += [...text].length;
  }

  #break(): void {
    this.#text += '\n';
    this.#column = 0;
  }
}
