// Program to graph: every tune's method, and its baseline's, as nodes with shapes.

import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { backboneSizes } from "../program/backbone-sizes.ts";
import type { MethodUse, Program, Tune } from "../program/program.ts";
import { buildMethodGraph } from "./build-method-graph.ts";
import type { Graph, TuneGraph } from "./graph.ts";
import type { KnownSizes } from "./shapes.ts";

export function buildGraph(program: Program, found: Diagnostics): Graph {
  const tunes = program.tunes.flatMap((tune): TuneGraph[] => {
    const method = buildMethodGraph(tune.method.method, tune.method, knownSizes(tune, tune.method), found);
    const baselineUse = tune.budget?.amount.kind === "parity" ? tune.budget.amount.baseline : undefined;
    const baseline =
      baselineUse && buildMethodGraph(baselineUse.method, baselineUse, knownSizes(tune, baselineUse), found);
    if (!method || (baselineUse && !baseline)) return [];
    return [{ tune, method, baseline }];
  });
  // A method that nobody uses yet is checked with every size unknown.
  const used = new Set(program.tunes.map((tune) => tune.method.method.declaration));
  for (const method of program.methods) {
    if (!used.has(method.declaration)) buildMethodGraph(method, undefined, new Map(), found);
  }
  return { tunes };
}

/** d and s of the tune, the backbone's other sizes, and the arguments that are given as numbers. */
export function knownSizes(tune: Tune, use: MethodUse): KnownSizes {
  const known = new Map<string, number>([
    ["d", tune.backbone.width.value],
    ["s", tune.task.maxTokens.value],
    ...backboneSizes(tune.backbone),
  ]);
  for (const [name, { value }] of use.arguments) if (value !== "auto") known.set(name, value);
  return known;
}
