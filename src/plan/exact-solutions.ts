// Whole-number solutions of a parameter count.

import { evaluate, type Polynomial, symbolsOf } from "../graph/polynomial.ts";
import type { MethodUse, Setting } from "../program/program.ts";

export interface Solution {
  readonly name: string;
  readonly value: number;
  readonly setting: Setting<number | "auto">;
}

/** Values that meet a budget together: of two arguments, or of one where the others stay as they are. */
export type Pair = readonly Solution[];

/** No budget in the field asks for a longer prompt or a higher rank; the search must end. */
const largest = 2 ** 24;

/** The largest whole number whose count does not exceed `budget`; `undefined` when even 0 does. Counts never fall. */
export function largestWithin(counted: (value: number) => number, budget: number): number | undefined {
  if (counted(0) > budget) return undefined;
  let low = 0;
  let high = 1;
  while (counted(high) <= budget) {
    if (high >= largest) return high;
    [low, high] = [high, high * 2];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (counted(middle) <= budget) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Exact solutions that change as little as possible: one argument alone where that suffices, else two, those first
 * whose first argument is nearest to what was written. At most `most`.
 */
export function exactPairs(
  use: MethodUse,
  sizes: ReadonlyMap<string, number>,
  formula: Polynomial,
  budget: number,
  most = 4,
): readonly Pair[] {
  const counted = symbolsOf(formula);
  const free = [...use.arguments].filter(([name, { from }]) => counted.has(name) && from === "source");
  const unknowns = free.filter(([, { value }]) => value === "auto");
  const solvedFor = unknowns.length > 0 ? unknowns : free;
  const pairs: { readonly pair: Pair; readonly distance: number }[] = [];
  for (const [name, setting] of solvedFor) {
    const others = free.filter(([other]) => other !== name);
    const at = (changed: ReadonlyMap<string, number>) =>
      solveExactly((value) => evaluate(formula, new Map([...sizes, ...changed, [name, value]])), budget);
    const knowsAll = others.every(([, { value }]) => value !== "auto");
    const alone = knowsAll ? at(new Map()) : undefined;
    if (alone !== undefined) pairs.push({ pair: [{ name, value: alone, setting }], distance: 0 });
    for (const [other, otherSetting] of others) {
      const given = otherSetting.value;
      if (given === "auto") continue;
      for (let value = 1; value <= 4096; value++) {
        const solved = value === given ? undefined : at(new Map([[other, value]]));
        if (solved === undefined || solved === 0) continue;
        const pair = [
          { name: other, value, setting: otherSetting },
          { name, value: solved, setting },
        ];
        pairs.push({ pair, distance: Math.abs(value - given) });
      }
    }
  }
  return firstDistinct(pairs, [...use.arguments.keys()], most);
}

function solveExactly(counted: (value: number) => number, budget: number): number | undefined {
  const below = largestWithin(counted, budget);
  return below !== undefined && counted(below) === budget ? below : undefined;
}

/** Two unknowns find the same pair twice, once from each side: it is listed once. */
function firstDistinct(
  pairs: readonly { readonly pair: Pair; readonly distance: number }[],
  order: readonly string[],
  most: number,
): readonly Pair[] {
  const seen = new Set<string>();
  const distinct: Pair[] = [];
  for (const { pair } of [...pairs].sort((a, b) => a.distance - b.distance)) {
    const key = pair
      .map(({ name, value }) => `${name}=${value}`)
      .sort()
      .join();
    // In the order in which the method declares them.
    if (!seen.has(key))
      distinct.push([...pair].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)));
    seen.add(key);
  }
  return distinct.slice(0, most);
}
