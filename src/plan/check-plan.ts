// Graph to plans: every rule passed and the budget met, or no plan.

import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { knownSizes } from "../graph/build-graph.ts";
import type { Graph, TuneGraph } from "../graph/graph.ts";
import { evaluate } from "../graph/polynomial.ts";
import {
  addedPositions,
  countOf,
  formatUse,
  formulaOf,
  isRedrawn,
  type Sizes,
  storedTensors,
  trainedCount,
} from "./bill.ts";
import { meetBudget, type MetBudget } from "./budget.ts";
import type { Family, Program, Tune } from "../program/program.ts";
import { tokensOfTarget } from "./memory.ts";
import type { Plan, PlanFields, PlannedTensor } from "./plan.ts";
import { sizeRules, structureRules } from "./rules.ts";
import { stackWork, stepWork } from "./work.ts";

/** One plan for each tune that passed; what did not pass has been reported. */
export function checkPlan(graph: Graph, program: Program, found: Diagnostics): readonly Plan[] {
  const plans = graph.tunes.flatMap((tune) => {
    const plan = checkTune(tune, found);
    return plan ? [plan] : [];
  });
  return plans.filter(({ tune }) => isWhole(tune.family, program, plans));
}

/** A comparison without one of its legs would compare something else: one proof holds for all, or there is none. */
function isWhole(family: Family | undefined, program: Program, plans: readonly Plan[]): boolean {
  if (family?.kind !== "compare") return true;
  const isMember = (tune: Tune) => tune.family?.kind === "compare" && tune.family.name === family.name;
  const legs = program.legs.get(family.name) ?? 0;
  return legs > 1 && plans.filter(({ tune }) => isMember(tune)).length === legs;
}

function checkTune(graph: TuneGraph, found: Diagnostics): Plan | undefined {
  const { tune } = graph;
  // Whether this tune failed, not whether the file has errors: the other tunes still get their plans.
  const errorsBefore = found.errorCount;
  const given = knownSizes(tune, tune.method);
  for (const rule of structureRules) rule({ graph, sizes: given }, found);
  const met = meetBudget(graph, found);
  if (!met) return undefined;
  const sizes = new Map([...given, ...met.arguments]);
  for (const rule of sizeRules) rule({ graph, sizes }, found);
  return found.errorCount > errorsBefore || !tune.sound ? undefined : asPlan(fieldsOf(graph, met, sizes));
}

function asPlan(fields: PlanFields): Plan {
  return fields as Plan;
}

function fieldsOf(graph: TuneGraph, met: MetBudget, sizes: Sizes): PlanFields {
  const { tune, method } = graph;
  const formula = trainedCount(method);
  return {
    tune,
    graph: method,
    arguments: met.arguments,
    solved: met.solved,
    tensors: plannedTensors(graph, sizes),
    trained: evaluate(formula, sizes),
    trainedFormula: formula,
    budget: met.budget,
    stored: storedTensors(method, sizes),
    addedPositions: addedPositions(method, sizes),
    baseline: baselineOf(graph, sizes),
  };
}

function plannedTensors({ tune, method }: TuneGraph, sizes: Sizes): readonly PlannedTensor[] {
  return method.parameters.map((parameter): PlannedTensor => {
    const group = parameter.frozen ? undefined : parameter.groups[0]?.name;
    const rates = tune.groups.find(({ name }) => name === group);
    return {
      name: parameter.id,
      shape: parameter.shape.map((size) => evaluate(size, sizes)),
      formula: formulaOf(parameter.shape),
      count: evaluate(countOf(parameter), sizes),
      initial: parameter.initial,
      group,
      learningRate: rates?.learningRate?.value,
      ...(isRedrawn(parameter) ? { redrawn: true } : {}),
      ...(parameter.projection
        ? { projection: { kind: parameter.projection.kind, radius: parameter.projection.radius } }
        : {}),
    };
  });
}

/**
 * The baseline of a parity budget: rows it adds, and this method's work beside its own at the longest input. The share of a training
 * step is known where neither changes anything inside the backbone.
 */
function baselineOf({ tune, method, baseline }: TuneGraph, sizes: Sizes): PlanFields["baseline"] {
  const amount = tune.budget?.amount;
  if (!baseline || amount?.kind !== "parity") return undefined;
  const baselineAdded = addedPositions(baseline, knownSizes(tune, amount.baseline));
  const s = tune.task.maxTokens.value;
  const [own, theirs] = [s + addedPositions(method, sizes), s + baselineAdded];
  const isOutside = [method, baseline].every(({ output }) => output.kind !== "inside");
  const step = (rows: number) => stepWork(tune.backbone, rows, tokensOfTarget(tune));
  return {
    text: formatUse(amount.baseline),
    addedPositions: baselineAdded,
    work: stackWork(tune.backbone, own) / stackWork(tune.backbone, theirs),
    ...(isOutside ? { step: step(own) / step(theirs) } : {}),
  };
}
