// A plan for programs to read.

import { formatPolynomial } from "../graph/polynomial.ts";
import { addedKeyValues, type Device, estimateMemory, largestBatch } from "./memory.ts";
import type { Plan } from "./plan.ts";
import { specHash } from "./spec-hash.ts";

/** What `dept plan --json` prints for one tune. Names are stable; new ones may be added. Memory is in bytes. */
export function planAsJson(plan: Plan, device?: Device): object {
  const { tune, budget, baseline } = plan;
  return {
    name: tune.name,
    family: tune.family ? { kind: tune.family.kind, name: tune.family.name } : null,
    spec: specHash(plan),
    method: tune.method.method.name,
    arguments: Object.fromEntries(plan.arguments),
    solved: plan.solved ?? null,
    backbone: { name: tune.backbone.name, width: tune.backbone.width.value },
    task: { name: tune.task.name, maxTokens: tune.task.maxTokens.value },
    tensors: plan.tensors.map(({ name, shape, formula, count, group, learningRate }) => ({
      name,
      shape,
      formula,
      count,
      group: group ?? null,
      learningRate: learningRate ?? null,
    })),
    trained: plan.trained,
    frozen: plan.tensors.reduce((sum, { group, count }) => sum + (group === undefined ? count : 0), 0),
    trainedFormula: formatPolynomial(plan.trainedFormula),
    budget: budget
      ? { kind: budget.kind, text: budget.text, count: budget.count, tolerance: tune.budget?.tolerance ?? 0 }
      : null,
    stored: plan.stored.map(({ text, folded, shape, formula, count }) => ({
      tensor: text,
      folded,
      shape,
      formula,
      count,
    })),
    addedPositions: plan.addedPositions,
    addedKeyValues: addedKeyValues(plan),
    baseline: baseline ?? null,
    memory: device
      ? { device, ...estimateMemory(plan), largestBatch: largestBatch(plan, device) }
      : estimateMemory(plan),
  };
}
