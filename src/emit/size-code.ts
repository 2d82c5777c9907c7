// Sizes of shapes as the script writes them down.

import type { Polynomial } from "../graph/polynomial.ts";
import { isBackboneSize } from "../program/backbone-sizes.ts";
import { freeName } from "./names.ts";
import { type Code, name, number } from "./script.ts";

/** A size as code: the axes and arguments by their names, as the script declares them. */
export function sizeCode({ terms }: Polynomial): Code {
  const products = terms.map(({ coefficient, factors }): Code => {
    const names = factors.map((factor) => name(axisOrArgument(factor)));
    const parts: Code[] = coefficient === 1 && names.length > 0 ? names : [number(coefficient), ...names];
    return parts.reduce((left, right) => ({ kind: "binary", operator: "*", left, right }));
  });
  if (products.length === 0) return number(0);
  return products.reduce((left, right) => ({ kind: "binary", operator: "+", left, right }));
}

/** The name that a symbol of a size has in the script. */
export function axisOrArgument(symbolName: string): string {
  if (["d", "s", "n"].includes(symbolName)) return symbolName;
  return freeName(symbolName, isBackboneSize(symbolName) ? "Size" : "Argument");
}
