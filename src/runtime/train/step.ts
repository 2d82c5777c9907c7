// One training step: two gradients that meet at the embeddings, one clip, one update for each tensor.

import type { TextBackbone } from "../data/load-task.ts";
import type { InputBatch, TargetBatch } from "../models/backbone.ts";
import { tensorsIn, type Inside } from "../models/inside.ts";
import type { LayerMemory } from "../models/layer-memory.ts";
import { tf, type Tensor, type Tensor3D } from "../tf.ts";
import { clipByGlobalNorm, globalNorm } from "./clip.ts";
import { optimizerStep, type Optimizer } from "./optimizers.ts";
import { project } from "./projections.ts";
import { upload, type Parameter } from "./parameters.ts";

/** What a method does to the inside of the backbone's blocks; its tensors are parameters as they are. */
export type InsideOf = (tensors: Readonly<Record<string, Tensor>>) => Inside;

/**
 * A method's graph: what the backbone reads, made of its tensors, the words `x` `[batch, rows, width]`, and the mask
 * `[batch, rows, 1]`, 1 for a word and 0 for padding; and what it changes inside the backbone, if anything.
 */
export interface Method {
  (tensors: Readonly<Record<string, Tensor>>, x: Tensor3D, mask: Tensor3D): Tensor3D;
  readonly inside?: InsideOf | undefined;
}

/** Something became infinite or not a number, and training on it would only spread that. */
export class NotFinite extends Error {
  override readonly name = "NotFinite";
}

export interface Gradients {
  readonly loss: number;
  /** In the order of the parameters. */
  readonly gradients: readonly Float32Array[];
}

/** What the backbone reads, `[batch, prompt + rows, width]`; the caller disposes it. */
export function embeddingsOf(
  backbone: TextBackbone,
  method: Method,
  parameters: readonly Parameter[],
  input: InputBatch,
): Tensor3D {
  return tf.tidy(() => {
    const tensors = parameters.map(({ name, variable }): [string, Tensor] => [name, variable]);
    return method(Object.fromEntries(tensors), backbone.embed(input), wordMask(input));
  });
}

/** 1 where a row is a word and 0 where it is padding, `[batch, rows, 1]`. */
function wordMask({ batch, rows, lengths }: InputBatch): Tensor3D {
  const isWord = (at: number) => (at % rows < (lengths[Math.floor(at / rows)] ?? 0) ? 1 : 0);
  return tf.tensor3d(
    Float32Array.from({ length: batch * rows }, (_, at) => isWord(at)),
    [batch, rows, 1],
  );
}

/** What changes inside the backbone's blocks with the parameters' present values. */
export function insideOf(method: Method, parameters: readonly Parameter[]): Inside | undefined {
  return method.inside?.(Object.fromEntries(parameters.map(({ name, variable }) => [name, variable])));
}

/**
 * The loss and its gradient for every tensor. The backbone answers for everything after the embeddings, and for the tensors
 * inside its blocks, with `memory` for what its layers hold meanwhile; the method's graph before them is differentiated by tfjs, with the backbone's gradient as the upstream one.
 */
export async function lossAndGradients(
  backbone: TextBackbone,
  method: Method,
  parameters: readonly Parameter[],
  input: InputBatch,
  targets: TargetBatch,
  memory?: LayerMemory,
): Promise<Gradients> {
  const inside = insideOf(method, parameters);
  const within = new Set(inside ? tensorsIn(inside) : []);
  const before = parameters.filter(({ variable }) => !within.has(variable));
  const words = backbone.embed(input); // [batch, rows, width]
  const mask = wordMask(input); // [batch, rows, 1]
  const graph = (...tensors: Tensor[]) => {
    const named = before.map(({ name }, index) => [name, tensors[index] ?? words]);
    return method(Object.fromEntries(named), words, mask);
  };

  const variables = before.map(({ variable }) => variable);
  const embeddings = tf.tidy(() => graph(...variables).clone()); // [batch, prompt + rows, width]
  const answer = backbone.lossAndGradient(embeddings, input, targets, inside, memory);
  const { loss, gradient: upstream, inner } = answer;
  const outer = variables.length === 0 ? [] : tf.tidy(() => tf.grads(graph)(variables, upstream));
  const gradients = parameters.map(({ name, variable }) => {
    const gradient = inner?.get(variable) ?? outer[before.findIndex((each) => each.variable === variable)];
    if (!gradient) throw new Error(`tensor ${name} has no gradient`);
    return gradient;
  });

  const [lossValues, ...values] = await Promise.all(
    [loss, ...gradients].map((tensor) => tensor.data<"float32">()),
  );
  const read = { loss: lossValues?.[0] ?? NaN, gradients: values.map((entries) => entries.slice()) };
  tf.dispose([words, mask, embeddings, loss, upstream, ...gradients]);
  return read;
}

/** Throws NotFinite that names the step, and the tensor if it is a gradient. */
export function assertFinite(
  { loss, gradients }: Gradients,
  parameters: readonly Parameter[],
  step: number,
): void {
  if (!Number.isFinite(loss)) throw new NotFinite(`the loss of step ${step} is ${loss}`);
  for (const [index, { name }] of parameters.entries()) {
    const strange = gradients[index]?.find((entry) => !Number.isFinite(entry));
    if (strange !== undefined)
      throw new NotFinite(`the gradient of ${name} in step ${step} holds ${strange}`);
  }
}

/** What a group has of its own in one step, instead of the run's. */
export interface GroupStep {
  readonly multiplier?: number;
  readonly clip?: number;
}

/**
 * Clips all gradients together but for those of groups with a limit of their own, moves every tensor by its group's rate
 * times `multiplier` and projects those that have a projection. Returns the norm of all gradients before clipping.
 */
export function update(
  parameters: readonly Parameter[],
  gradients: readonly Float32Array[],
  optimizer: Optimizer,
  multiplier: number,
  clip: number | undefined,
  own: Readonly<Record<string, GroupStep>> = {},
): number {
  const norm = globalNorm(gradients);
  const inGroup = (isWanted: (group: string) => boolean) =>
    gradients.filter((_, index) => isWanted(parameters[index]?.group ?? ""));
  if (clip !== undefined)
    clipByGlobalNorm(
      inGroup((group) => own[group]?.clip === undefined),
      clip,
    );
  for (const [name, { clip: limit }] of Object.entries(own))
    if (limit !== undefined)
      clipByGlobalNorm(
        inGroup((group) => group === name),
        limit,
      );
  for (const [index, parameter] of parameters.entries()) {
    const gradient = gradients[index] ?? new Float32Array(parameter.values.length);
    const { values, shape, learningRate, projection } = parameter;
    const factor = own[parameter.group]?.multiplier ?? multiplier;
    optimizerStep(optimizer, parameter, gradient, learningRate * factor);
    if (projection) project(projection, values, shape.at(-1) ?? 1);
    upload(parameter);
  }
  return norm;
}
