// A number that a method computes from its arguments and the axes: 0.5, or 1 / sqrt(rank).

import type { Operator } from "../syntax/ast.ts";

/** A number as it is, or the way to it: its symbols are d, s and the method's arguments. */
export type Quantity =
  | number
  | { readonly symbol: string }
  | { readonly sqrt: Quantity }
  | { readonly operator: Exclude<Operator, "@">; readonly left: Quantity; readonly right: Quantity };
