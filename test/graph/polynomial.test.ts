import { expect, test } from "vitest";
import {
  constantOf,
  evaluate,
  formatPolynomial,
  minus,
  plus,
  same,
  substitute,
  symbol,
  times,
} from "../../src/graph/polynomial.ts";

const [m, r, s, d] = [symbol("m"), symbol("r"), symbol("s"), symbol("d")];
const dept = plus(times(m, d), times(s, r), times(r, d));

test("a count is exact, symbolic first and a number second", () => {
  expect(formatPolynomial(dept)).toBe("d × m + r × s + d × r");
  const values = new Map([
    ["m", 40],
    ["r", 45],
    ["s", 256],
    ["d", 768],
  ]);
  expect(evaluate(dept, values)).toBe(76_800);
});

test("terms that cancel are gone, and equal sums are equal however they were written", () => {
  expect(minus(plus(m, d), plus(d, m)).terms).toEqual([]);
  expect(same(times(r, plus(s, d)), plus(times(d, r), times(s, r)))).toBe(true);
  expect(same(times(r, s), times(r, d))).toBe(false);
});

test("substitution leaves what it does not know", () => {
  expect(formatPolynomial(substitute(dept, new Map([["d", 768]])))).toBe("768 × m + r × s + 768 × r");
  expect(formatPolynomial(minus(constantOf(0), m))).toBe("−m");
});

test("a symbol without a value is a bug and says which", () => {
  expect(() => evaluate(dept, new Map())).toThrow("no value for");
});
