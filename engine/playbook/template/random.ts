import { createHash } from 'node:crypto';

const SIZE = 624;
const SHIFT = 397;

/**
 * Python's random.Random with a seed: the Mersenne Twister, seeded as CPython does it, so that a seed picks what it
 * picks in Ansible. https://github.com/python/cpython/blob/main/Modules/_randommodule.c
 */
export class SeededRandom {
  readonly #state = new Uint32Array(SIZE);
  #index = SIZE;

  constructor(seed: string | number) {
    this.#seedWith(typeof seed === 'string' ? wordsOf(textSeed(seed)) : wordsOf(BigInt(Math.abs(seed))));
  }

  /** A whole number from 0, below the limit. */
  below(limit: number): number {
    const bits = limit.toString(2).length;
    let found = this.#bits(bits);
    while (found >= limit) found = this.#bits(bits);
    return found;
  }

  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    const list = [...items];
    for (let at = list.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [list[at], list[other]] = [list[other] as T, list[at] as T];
    }
    return list;
  }

  #bits(count: number): number {
    if (count <= 32) return this.#next() >>> (32 - count);
    const low = this.#next();
    return (this.#next() >>> (64 - count)) * 2 ** 32 + low;
  }

  #seedWith(key: readonly number[]): void {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < SIZE; i++) state[i] = mixed(state, i - 1, 1812433253) + i;
    let [i, j] = [1, 0];
    const step = (): void => {
      if (++i < SIZE) return;
      state[0] = state[SIZE - 1] as number;
      i = 1;
    };
    for (let k = Math.max(SIZE, key.length); k > 0; k--) {
      state[i] = ((state[i] as number) ^ mixed(state, i - 1, 1664525)) + (key[j] as number) + j;
      step();
      j = (j + 1) % key.length;
    }
    for (let k = SIZE - 1; k > 0; k--) {
      state[i] = ((state[i] as number) ^ mixed(state, i - 1, 1566083941)) - i;
      step();
    }
    state[0] = 0x80000000;
  }

  #next(): number {
    if (this.#index >= SIZE) this.#twist();
    let word = this.#state[this.#index++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const word = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
      state[i] = (state[(i + SHIFT) % SIZE] as number) ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}

const mixed = (state: Uint32Array, at: number, by: number): number =>
  Math.imul((state[at] as number) ^ ((state[at] as number) >>> 30), by) >>> 0;

/** A text counts as a number made of its bytes and of their SHA-512. */
function textSeed(seed: string): bigint {
  const hex = Buffer.from(seed).toString('hex') + createHash('sha512').update(seed).digest('hex');
  return BigInt(`0x${hex}`);
}

/** A number in words of 32 bits, the lowest first. */
function wordsOf(number: bigint): number[] {
  const words: number[] = [];
  for (let left = number; left > 0n; left >>= 32n) words.push(Number(left & 0xffffffffn));
  return words.length > 0 ? words : [0];
}
