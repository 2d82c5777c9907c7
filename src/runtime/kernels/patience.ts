// When to ask workers for help: not for a while after they kept the main thread waiting.
//
// On a machine that others use too, a worker may lose its processor in the middle of a tile, for some milliseconds. The
// result does not depend on who computes it, so the main thread then goes on alone, each time for longer, up to a second.

const acceptable = 1; // ms of waiting; an undisturbed worker needs a fraction for its last tile
const shortest = 10; // ms alone
const longest = 1_000;

export interface Patience {
  /** Whether to share a job at this time. */
  shares(now: number): boolean;
  /** Notes that a shared job ended with so much waiting, in ms. */
  waited(time: number, now: number): void;
}

export function makePatience(): Patience {
  let alone = shortest;
  let until = 0;
  return {
    shares: (now) => now >= until,
    waited(time, now) {
      if (time > acceptable) {
        until = now + alone;
        alone = Math.min(longest, alone * 2);
      } else alone = Math.max(shortest, alone * 0.9);
    },
  };
}
