// Every way to spend a budget: the whole-number solutions for two of a method's arguments.

import { knownSizes } from "../graph/build-graph.ts";
import type { TuneGraph } from "../graph/graph.ts";
import { evaluate, symbolsOf } from "../graph/polynomial.ts";
import { keptActivations } from "./activations.ts";
import { addedPositions, memoryRows, storedTensors, trainedCount } from "./bill.ts";
import { amountOf, meets } from "./budget.ts";
import { largestWithin } from "./exact-solutions.ts";
import { stackWork } from "./work.ts";

/** One way to meet the budget. Work and memory are shares of the baseline's, or of the bare words' without one. */
export interface BudgetSolution {
  /** Of the two arguments that vary, in the order in which the method declares them. */
  readonly values: readonly [number, number];
  readonly trained: number;
  readonly stored: number;
  readonly addedPositions: number;
  readonly work: number;
  readonly memory: number;
}

export interface BudgetSolutions {
  readonly graph: TuneGraph;
  readonly arguments: readonly [string, string];
  readonly budget: { readonly count: number; readonly text: string };
  /** What work and memory are shares of. */
  readonly comparedWith: string;
  readonly solutions: readonly BudgetSolution[];
}

/** The first argument is tried up to here: longer prompts than this are nobody's. */
const largestFirst = 100_000;

/**
 * All solutions for the first two integer arguments that the count depends on, whatever is written for them; the others stay
 * as they are. `undefined` where there is no budget, or fewer than two such arguments.
 */
export function solveBudget(graph: TuneGraph): BudgetSolutions | undefined {
  const { tune, method } = graph;
  const formula = trainedCount(method);
  const counted = symbolsOf(formula);
  const integers = method.method.arguments.filter(({ name, type }) => type === "int" && counted.has(name));
  const [first, second] = integers.map(({ name }) => name);
  if (!tune.budget || first === undefined || second === undefined) return undefined;
  const sizes = knownSizes(tune, tune.method);
  const { count, text, kind } = amountOf(graph, tune.budget);
  const trainedAt = (a: number, b: number) => evaluate(formula, new Map([...sizes, [first, a], [second, b]]));
  const solutions: BudgetSolution[] = [];
  for (let a = 0; a <= largestFirst && trainedAt(a, 0) <= count * (1 + tune.budget.tolerance); a++) {
    const below = largestWithin((value) => trainedAt(a, value), count) ?? 0;
    const nearest = [below, below + 1]
      .filter((b) => meets(trainedAt(a, b), count, kind, tune.budget?.tolerance ?? 0))
      .sort((x, y) => Math.abs(trainedAt(a, x) - count) - Math.abs(trainedAt(a, y) - count))[0];
    if (nearest === undefined) continue;
    solutions.push(describe(graph, new Map([...sizes, [first, a], [second, nearest]]), [a, nearest]));
  }
  const comparedWith = graph.baseline ? text : "the words alone";
  return { graph, arguments: [first, second], budget: { count, text }, comparedWith, solutions };
}

function describe(
  graph: TuneGraph,
  sizes: ReadonlyMap<string, number>,
  values: readonly [number, number],
): BudgetSolution {
  const { tune, method, baseline } = graph;
  const s = tune.task.maxTokens.value;
  const amount = tune.budget?.amount;
  const baselineSizes = amount?.kind === "parity" ? knownSizes(tune, amount.baseline) : sizes;
  const baselineAdded = baseline ? addedPositions(baseline, baselineSizes) : 0;
  const baselinePrefix = baseline ? memoryRows(baseline, baselineSizes) : 0;
  const added = addedPositions(method, sizes);
  return {
    values,
    trained: evaluate(trainedCount(method), sizes),
    stored: storedTensors(method, sizes).reduce((sum, { count }) => sum + count, 0),
    addedPositions: added,
    work: stackWork(tune.backbone, s + added) / stackWork(tune.backbone, s + baselineAdded),
    memory:
      keptActivations(tune.backbone, s + added, memoryRows(method, sizes)) /
      keptActivations(tune.backbone, s + baselineAdded, baselinePrefix),
  };
}
