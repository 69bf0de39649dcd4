/** One stream of answers, each ended by a line that starts with the shell's secret word. */
export class Answers {
  readonly #marker: Buffer;
  readonly #found: (content: Buffer, tail: string) => void;
  #chunks: Buffer[] = [];

  /** `found` gets what came before each end line, and what stands in that line after the word. */
  constructor(word: string, found: (content: Buffer, tail: string) => void) {
    this.#marker = Buffer.from(`\n${word} `);
    this.#found = found;
  }

  /** What has come and belongs to no ended answer, for error messages. */
  get rest(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    // Only the end of what has come can hold a new end line, so a long answer is not searched again and again.
    if (!this.#endsNear(chunk)) return;
    let data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const at = data.indexOf(this.#marker);
      const end = at === -1 ? -1 : data.indexOf(10, at + this.#marker.length);
      if (end === -1) break;
      this.#found(data.subarray(0, at), data.toString('utf8', at + this.#marker.length, end));
      data = data.subarray(end + 1);
    }
    this.#chunks = data.length > 0 ? [data] : [];
  }

  /** Whether this chunk may complete an end line: it holds a line end within reach of the word. */
  #endsNear(chunk: Buffer): boolean {
    return chunk[chunk.length - 1] === 10 || chunk.includes(this.#marker) || chunk.length < this.#marker.length + 32;
  }
}
