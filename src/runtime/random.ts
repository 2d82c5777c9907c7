// The runtime's only source of randomness: streams of numbers, each fixed by the seed and a name.

import { createHash } from "node:crypto";

/** A stream's whole state: four words of 32 bits. */
export type RandomState = readonly [number, number, number, number];

/**
 * One stream of pseudo-random numbers: xoshiro128** 1.1 (Blackman and Vigna 2021, "Scrambled Linear Pseudorandom
 * Number Generators"). Whole numbers and uniform numbers are the same bits on every machine; `normal` goes through
 * `Math.log` and `Math.cos`, whose last bit an engine may round its own way.
 */
export class Random {
  #words: [number, number, number, number];

  constructor(state: RandomState) {
    this.#words = [...state];
  }

  /** What `new Random` needs to go on from here. */
  get state(): RandomState {
    return [...this.#words];
  }

  /** The next 32 bits, as a whole number from 0 to 2³² − 1. */
  bits(): number {
    const [a, b, c, d] = this.#words;
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const mixed = c ^ a;
    const turned = d ^ b;
    this.#words = [(a ^ turned) >>> 0, (b ^ mixed) >>> 0, (mixed ^ (b << 9)) >>> 0, rotateLeft(turned, 11)];
    return result;
  }

  /** From 0 up to, but not including, 1, in steps of 2⁻³². */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** Mean 0, standard deviation 1 (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number from 0 to `count` − 1, each equally likely. */
  below(count: number): number {
    const limit = 2 ** 32 - (2 ** 32 % count);
    for (;;) {
      const bits = this.bits();
      if (bits < limit) return bits % count;
    }
  }

  /** Puts `values` in random order, in place (Fisher and Yates). */
  shuffle(values: Int32Array): Int32Array {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const moved = values[last] ?? 0;
      values[last] = values[other] ?? 0;
      values[other] = moved;
    }
    return values;
  }
}

function rotateLeft(word: number, by: number): number {
  return ((word << by) | (word >>> (32 - by))) >>> 0;
}

/**
 * The stream called `names` of a seed. Streams are split by name and not by order of asking, so a new tensor or
 * another epoch changes nobody else's numbers.
 */
export function randomStream(seed: number, ...names: readonly (string | number)[]): Random {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...names]))
    .digest();
  return new Random([
    digest.readUInt32LE(0),
    digest.readUInt32LE(4),
    digest.readUInt32LE(8),
    digest.readUInt32LE(12),
  ]);
}
