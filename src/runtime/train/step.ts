// One training step: two gradients that meet at the embeddings, one clip, one update for each tensor.

import type { TextBackbone } from "../data/load-task.ts";
import type { InputBatch, TargetBatch } from "../models/backbone.ts";
import { tensorsIn, type Inside } from "../models/inside.ts";
import { tf, type Tensor, type Tensor2D, type Tensor3D } from "../tf.ts";
import { clipByGlobalNorm, globalNorm } from "./clip.ts";
import { optimizerStep, type Optimizer } from "./optimizers.ts";
import { project } from "./projections.ts";
import { upload, type Parameter } from "./parameters.ts";

/** What a method does to the inside of the backbone's blocks; its tensors are parameters as they are. */
export type InsideOf = (tensors: Readonly<Record<string, Tensor>>) => Inside;

/** What a method may know of the words beside their embeddings. */
export interface Words {
  /** 1 where a row is a word and 0 where it is padding, `[batch, rows, 1]`. */
  readonly mask: Tensor3D;
  /** Token ids, int32, `[batch, rows]`. */
  readonly ids: Tensor2D;
}

/**
 * A method's graph: what the backbone reads, made of its tensors and the words, `x` `[batch, rows, width]`; and what it
 * changes inside the backbone, if anything.
 */
export interface Method {
  (tensors: Readonly<Record<string, Tensor>>, x: Tensor3D, words: Words): Tensor3D;
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
    return method(Object.fromEntries(tensors), backbone.embed(input), wordsOf(input));
  });
}

/** The caller disposes both tensors. */
function wordsOf({ ids, batch, rows, lengths }: InputBatch): Words {
  const isWord = (at: number) => (at % rows < (lengths[Math.floor(at / rows)] ?? 0) ? 1 : 0);
  const mask = Float32Array.from({ length: batch * rows }, (_, at) => isWord(at));
  return {
    mask: tf.tensor3d(mask, [batch, rows, 1]),
    ids: tf.tensor2d(Int32Array.from(ids), [batch, rows], "int32"),
  };
}

/** What changes inside the backbone's blocks with the parameters' present values. */
export function insideOf(method: Method, parameters: readonly Parameter[]): Inside | undefined {
  return method.inside?.(Object.fromEntries(parameters.map(({ name, variable }) => [name, variable])));
}

/**
 * The loss and its gradient for every tensor. The backbone answers for everything after the embeddings, and for the tensors
 * inside its blocks; the method's graph before them is differentiated by tfjs, with the backbone's gradient as the upstream one.
 */
export async function lossAndGradients(
  backbone: TextBackbone,
  method: Method,
  parameters: readonly Parameter[],
  input: InputBatch,
  targets: TargetBatch,
): Promise<Gradients> {
  const inside = insideOf(method, parameters);
  const within = new Set(inside ? tensorsIn(inside) : []);
  const before = parameters.filter(({ variable }) => !within.has(variable));
  const x = backbone.embed(input); // [batch, rows, width]
  const words = wordsOf(input);
  const graph = (...tensors: Tensor[]) => {
    const named = before.map(({ name }, index) => [name, tensors[index] ?? x]);
    return method(Object.fromEntries(named), x, words);
  };

  const variables = before.map(({ variable }) => variable);
  const embeddings = tf.tidy(() => graph(...variables).clone()); // [batch, prompt + rows, width]
  const answer = backbone.lossAndGradient(embeddings, input, targets, inside);
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
  tf.dispose([x, words.mask, words.ids, embeddings, loss, upstream, ...gradients]);
  return read;
}

/**
 * Throws NotFinite that names the step and the tensor: the one whose gradient it is, or for the loss, to which all
 * contribute, the one with the largest value.
 */
export function assertFinite(
  { loss, gradients }: Gradients,
  parameters: readonly Parameter[],
  step: number,
): void {
  if (!Number.isFinite(loss))
    throw new NotFinite(`the loss of step ${step} is ${loss}; ${largestValue(parameters)}`);
  for (const [index, { name }] of parameters.entries()) {
    const strange = strangeOf(gradients[index] ?? new Float32Array());
    if (strange !== undefined)
      throw new NotFinite(`the gradient of ${name} in step ${step} holds ${strange}`);
  }
}

/** Throws NotFinite that names the tensor and the step that moved it too far: no later loss need show it. */
export function assertFiniteValues(parameters: readonly Parameter[], step: number): void {
  for (const { name, values } of parameters) {
    const strange = strangeOf(values);
    if (strange !== undefined) throw new NotFinite(`${name} holds ${strange} after step ${step}`);
  }
}

/** The first entry that is infinite or not a number. */
function strangeOf(entries: Float32Array): number | undefined {
  for (const entry of entries) if (!Number.isFinite(entry)) return entry;
  return undefined;
}

/** Where a loss that is no number is likeliest to come from, in words. */
export function largestValue(parameters: readonly Parameter[]): string {
  const sizes = parameters.map(({ name, values }) => {
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return { name, size };
  });
  const { name, size } = sizes.reduce((most, each) => (each.size > most.size ? each : most));
  return `the largest value of a trained tensor is ${size.toPrecision(2)}, in ${name}`;
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
