import { HIDDEN } from './secretnames.ts';

const LONG = 4096;

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const inXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const inUrl = (text: string): string => encodeURIComponent(Buffer.from(text).toString('utf8'));

/** How many letters of base64 also say something of the bytes before: none, one or two. */
const MIXED = [0, 2, 3];

/**
 * At each place that it may have in base64's groups of three bytes, as behind `user:`, without the letters that depend on
 * what is before or after it; a short one would be found by chance.
 */
const inBase64 = (text: string): string[] => {
  const bytes = Buffer.from(text);
  if (bytes.length < 6) return [];
  return MIXED.map((mixed, before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    return all
      .subarray(0, all.length - (all.length % 3))
      .toString('base64')
      .slice(mixed);
  }).filter((form) => form.length >= 8);
};

/** Values that must never be printed. One per run; everything that leaves the run as text passes through `hide`. */
export class Secrets {
  readonly #values = new Set<string>();
  /** Too long for a pattern: V8 refuses one of such a size, and its error would print it. */
  readonly #long = new Set<string>();
  #pattern: RegExp | undefined;

  /**
   * Remembers a secret. Every line of a longer one is remembered too, since tools print keys line by line, and what it
   * looks like inside of JSON, of JSON in JSON, and of XML, as reports and results show it, in an address and in base64.
   */
  add(value: string): void {
    const before = this.#values.size + this.#long.size;
    for (const line of [value, ...value.split('\n')]) {
      const part = line.trim();
      // A very short value would blank out ordinary text and give the secret away by what is missing.
      if (part.length < 4) continue;
      for (const form of [part, inJson(part), inJson(inJson(part)), inXml(part), inUrl(part), ...inBase64(part)])
        (form.length > LONG ? this.#long : this.#values).add(form);
    }
    if (this.#values.size + this.#long.size > before) this.#pattern = undefined;
  }

  /** The text with every known secret replaced by `<hidden>`. */
  hide(text: string): string {
    const shortened = [...this.#long].reduce((left, value) => left.replaceAll(value, HIDDEN), text);
    if (this.#values.size === 0) return shortened;
    this.#pattern ??= new RegExp(
      [...this.#values]
        .sort((a, b) => b.length - a.length)
        .map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return shortened.replace(this.#pattern, HIDDEN);
  }
}
