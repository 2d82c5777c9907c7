// The identity of a plan: equal for two files that mean the same training, whatever their spelling.

import { createHash } from "node:crypto";
import { formatPolynomial } from "../graph/polynomial.ts";
import type { Optimizer, Resource, Setting } from "../program/program.ts";
import type { GraphNode } from "../graph/graph.ts";
import type { Plan } from "./plan.ts";

/**
 * `sha256:` and the hash of everything that decides the result: backbone, task, graph, tensors, groups and training.
 * Names of files count, their contents do not; names of declarations, comments and layout do not count.
 */
export function specHash(plan: Plan): string {
  const { backbone, task, train, groups } = plan.tune;
  const meaning = {
    backbone: [backbone.architecture, backbone.checkpoint, backbone.width].map(valueOf),
    task: [task.train, task.validation, task.test, task.input, task.target, task.maxTokens].map(valueOf),
    // What is left at its default is left out, so that older plans keep their hashes.
    shots: task.shots.value,
    graph: [...plan.graph.nodes.values()].map(describeNode),
    output: plan.graph.output.id,
    arguments: [...plan.arguments],
    tensors: plan.tensors,
    groups: groups.map(({ name, learningRate, weightDecay, schedule, clip }) => {
      const own = schedule || clip ? [{ schedule: schedule?.value, clip: clip?.value }] : [];
      return [name, learningRate?.value, weightDecay.value, ...own];
    }),
    train: [train.steps, train.batch, train.schedule, train.evaluateEvery, train.seed, train.clip].map(
      valueOf,
    ),
    optimizer: isDefault(train.optimizer.value) ? undefined : train.optimizer.value,
    accumulate: train.accumulate.value === 1 ? undefined : train.accumulate.value,
    patience: train.patience.value,
    buckets: train.buckets.value ? true : undefined,
  };
  return `sha256:${createHash("sha256").update(JSON.stringify(meaning, withoutFolder)).digest("hex")}`;
}

function isDefault({ kind, settings }: Optimizer): boolean {
  return kind === "adamw" && Object.keys(settings).length === 0;
}

function valueOf(setting: Setting<unknown>): unknown {
  return setting.value;
}

/** For `JSON.stringify`: a file at any depth by its name alone. */
function withoutFolder(_: string, value: unknown): unknown {
  return isFile(value) ? { ...value, path: value.path.split("/").at(-1) } : value;
}

/** A file's folder depends on where the compiler runs; its name does not. */
function isFile(value: unknown): value is Resource {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}

/** A node without the place where it was written. */
function describeNode({ place: _, ...node }: GraphNode): unknown {
  const shape = node.shape.map(formatPolynomial);
  return JSON.parse(
    JSON.stringify({ ...node, shape }, (key, value) => (key === "place" ? undefined : value)),
  );
}
