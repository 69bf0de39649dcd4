const LONG = 4096;

/** Values that must never be printed. One per run; everything that leaves the run as text passes through `hide`. */
export class Secrets {
  readonly #values = new Set<string>();
  /** Too long for a pattern: V8 refuses one of such a size, and its error would print it. */
  readonly #long = new Set<string>();
  #pattern: RegExp | undefined;

  /** Remembers a secret. Every line of a longer one is remembered too, since tools print keys line by line. */
  add(value: string): void {
    for (const part of [value, ...value.split('\n')]) {
      // A very short value would blank out ordinary text and give the secret away by what is missing.
      if (part.trim().length >= 4) (part.length > LONG ? this.#long : this.#values).add(part.trim());
    }
    this.#pattern = undefined;
  }

  /** The text with every known secret replaced by `<hidden>`. */
  hide(text: string): string {
    const shortened = [...this.#long].reduce((left, value) => left.replaceAll(value, '<hidden>'), text);
    if (this.#values.size === 0) return shortened;
    this.#pattern ??= new RegExp(
      [...this.#values]
        .sort((a, b) => b.length - a.length)
        .map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return shortened.replace(this.#pattern, '<hidden>');
  }
}
