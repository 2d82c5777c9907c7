// A graph that passed every check, with its bill: what is trained, stored and added.

import type { Initial, MethodGraph, Projection } from "../graph/graph.ts";
import type { Polynomial } from "../graph/polynomial.ts";
import type { Tune } from "../program/program.ts";

/** One parameter of the method, its shape in numbers. */
export interface PlannedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** `length × d`. */
  readonly formula: string;
  readonly count: number;
  readonly initial: Initial;
  /** `undefined` for a frozen tensor. */
  readonly group: string | undefined;
  readonly learningRate: number | undefined;
  /** A frozen tensor whose values follow from the seed: nothing needs to store it. Absent otherwise. */
  readonly redrawn?: true;
  /** What is done to it after each step. */
  readonly projection?: Projection;
}

/** What the trained parameters were held to. */
export interface PlannedBudget {
  /** As one reads it: `prompt_tuning(length = 100)`, `exactly`, `at most`. */
  readonly text: string;
  readonly kind: "parity" | "exactly" | "atMost";
  readonly count: number;
  readonly trained: number;
}

/** The method that a parity budget names, and what this one costs beside it at the longest input. */
export interface PlannedBaseline {
  readonly text: string;
  readonly addedPositions: number;
  /** Share of its work in the layers that the rows run through, forward. */
  readonly work: number;
  /** Share of its work in a training step, the whole model forward and back. Absent where either changes the inside. */
  readonly step?: number;
}

/** A constant that inference keeps: a tensor, or a product of tensors folded into one. */
export interface StoredTensor {
  /** `P`, `A @ B`. */
  readonly text: string;
  readonly folded: boolean;
  /** It takes the place of weights that the backbone has anyway. Absent otherwise. */
  readonly weights?: true;
  readonly shape: readonly number[];
  /** `s × d`. */
  readonly formula: string;
  readonly count: number;
}

declare const checked: unique symbol;

/** Only `checkPlan` can make one, and only a plan can be emitted: an unchecked graph cannot be printed. */
export interface Plan {
  readonly [checked]: true;
  readonly tune: Tune;
  readonly graph: MethodGraph;
  /** Every argument of the method, `auto` solved. */
  readonly arguments: ReadonlyMap<string, number>;
  /** The argument that `auto` stood for. */
  readonly solved: string | undefined;
  readonly tensors: readonly PlannedTensor[];
  /** Parameters trained, in numbers and as a polynomial of the arguments and the axes. */
  readonly trained: number;
  readonly trainedFormula: Polynomial;
  readonly budget: PlannedBudget | undefined;
  readonly stored: readonly StoredTensor[];
  /** Rows that the method puts beside the words of every example. */
  readonly addedPositions: number;
  readonly baseline: PlannedBaseline | undefined;
}

/** What `checkPlan` hands over; the brand is added in one place. */
export type PlanFields = Omit<Plan, typeof checked>;
