// A few rows of each class, drawn from a split.

import { OperationalError } from "../operational-error.ts";
import { randomStream } from "../random.ts";

export interface Shots {
  /** Training rows of each class. */
  readonly train: number;
  /** Validation rows of each class; all where it is left out. */
  readonly validation?: number;
  readonly seed: number;
}

/**
 * `rows` examples of each of the classes, in the order they have in the split. Which ones is a matter of the seed, the split's
 * name and the order of its rows alone. Throws an OperationalError where a class has fewer rows; `place` names the split in it.
 */
export function drawShots<E extends { readonly label: number }>(
  examples: readonly E[],
  classes: readonly string[],
  { rows, seed, split, place }: { rows: number; seed: number; split: string; place: string },
): readonly E[] {
  const random = randomStream(seed, "shots", split);
  const drawn = classes.flatMap((text, label) => {
    const own = Int32Array.from(examples.keys()).filter((index) => examples[index]?.label === label);
    if (own.length < rows) {
      throw new OperationalError(
        `${place}: the class "${text}" has ${own.length} rows, and ${rows} of each class are to be drawn`,
      );
    }
    return [...random.shuffle(own).subarray(0, rows)];
  });
  return drawn.sort((a, b) => a - b).flatMap((index) => examples[index] ?? []);
}
