// How many rows of each class a task takes: `16`, or `few(16, validation = 16, seed = 7)`.

import type { Call, Expression } from "../syntax/ast.ts";
import type { Shots } from "./program.ts";
import { argumentsOf, integer, wrongValue } from "./read-value.ts";
import type { Context } from "./scope.ts";

const rows = integer({ min: 1, max: 1_000_000 });
const seeds = integer({ min: 0, max: 2 ** 32 - 1 });

export function readShots(expression: Expression, context: Context, name: string): Shots | undefined {
  if (expression.kind === "Call" && expression.callee.text === "few") return readFew(expression, context);
  if (expression.kind === "Call") {
    const expected = "rows of each class, like 16 or few(16, validation = 16, seed = 7)";
    return wrongValue(expression, context, name, expected);
  }
  const train = rows(expression, context, name);
  return train === undefined ? undefined : { train, validation: undefined, seed: undefined };
}

function readFew(call: Call, context: Context): Shots | undefined {
  const given = argumentsOf(call, context, ["rows", "validation", "seed"]);
  const [train, validation, seed] = ["rows", "validation", "seed"].map((each) => given.get(each)?.value);
  if (!train) return wrongValue(call, context, "few", "rows of each class, like few(16)");
  const read = {
    train: rows(train, context, "rows"),
    validation: validation && rows(validation, context, "validation"),
    seed: seed && seeds(seed, context, "seed"),
  };
  const isWhole = (!validation || read.validation !== undefined) && (!seed || read.seed !== undefined);
  return read.train !== undefined && isWhole ? { ...read, train: read.train } : undefined;
}
