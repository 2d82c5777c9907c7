// Shapes of results: when two sizes agree, and what comes out of each operation.

import type { Shape } from "./graph.ts";
import { constantOf, formatPolynomial, type Polynomial, same, substitute } from "./polynomial.ts";

/** What is known of the symbols: the backbone's d, the task's s, the arguments that are given. */
export type KnownSizes = ReadonlyMap<string, number>;

const one = constantOf(1);

/** Equal as polynomials, or equal once the known sizes are put in. */
export function agree(left: Polynomial, right: Polynomial, known: KnownSizes): boolean {
  return same(left, right) || same(substitute(left, known), substitute(right, known));
}

/** The shape of an elementwise result, axes aligned from the last, size 1 stretched; `undefined` where they disagree. */
export function stretched(left: Shape, right: Shape, known: KnownSizes): Shape | undefined {
  const rank = Math.max(left.length, right.length);
  const result: Polynomial[] = [];
  for (let axis = 1; axis <= rank; axis++) {
    const a = left[left.length - axis] ?? one;
    const b = right[right.length - axis] ?? one;
    if (agree(a, b, known)) result.unshift(a);
    else if (same(a, one)) result.unshift(b);
    else if (same(b, one)) result.unshift(a);
    else return undefined;
  }
  return result;
}

export function formatShape(shape: Shape): string {
  return shape.length === 0 ? "a number" : `[${shape.map(formatPolynomial).join(", ")}]`;
}
