// The identity of a plan: equal for two files that mean the same training, whatever their spelling.

import { createHash } from "node:crypto";
import { formatPolynomial } from "../graph/polynomial.ts";
import type { Resource, Setting } from "../program/program.ts";
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
    graph: [...plan.graph.nodes.values()].map(describeNode),
    output: plan.graph.output.id,
    arguments: [...plan.arguments],
    tensors: plan.tensors,
    groups: groups.map((group) => [group.name, group.learningRate?.value, group.weightDecay.value]),
    train: [train.steps, train.batch, train.schedule, train.evaluateEvery, train.seed, train.clip].map(
      valueOf,
    ),
  };
  return `sha256:${createHash("sha256").update(JSON.stringify(meaning, fileNames)).digest("hex")}`;
}

function valueOf(setting: Setting<unknown>): unknown {
  const { value } = setting;
  return withoutFolder(value);
}

function withoutFolder(value: unknown): unknown {
  return isFile(value) ? { ...value, path: value.path.split("/").at(-1) } : value;
}

/** A file's folder depends on where the compiler runs; its name does not. */
function isFile(value: unknown): value is Resource {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}

function describeNode(node: GraphNode): unknown {
  const { place: _, shape, ...rest } = node;
  return JSON.parse(
    JSON.stringify({ ...rest, shape: shape.map(formatPolynomial) }, (key, value) =>
      key === "place" ? undefined : fileNames(key, value),
    ),
  );
}

/** The files of an initialiser by their names alone. */
function fileNames(key: string, value: unknown): unknown {
  return key === "files" && Array.isArray(value) ? value.map(withoutFolder) : value;
}
