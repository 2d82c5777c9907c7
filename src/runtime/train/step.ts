// One training step: two gradients that meet at the embeddings, one clip, one update for each tensor.

import type { TextBackbone } from "../data/load-task.ts";
import type { InputBatch, TargetBatch } from "../models/backbone.ts";
import { tensorsIn, type Inside, type Weights } from "../models/inside.ts";
import { tf, type Tensor, type Tensor3D } from "../tf.ts";
import { clipByGlobalNorm, globalNorm } from "./clip.ts";
import { optimizerStep, type Optimizer } from "./optimizers.ts";
import { project } from "./projections.ts";
import { upload, type Parameter } from "./parameters.ts";
import { weightsByTensor } from "./pretrained.ts";
import { addRows } from "./row-gradients.ts";

/** What a method does to the inside of the backbone's blocks; its tensors are parameters as they are, or weights of the backbone. */
export type InsideOf = (tensors: Readonly<Record<string, Tensor | Weights>>) => Inside;

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
    const words = backbone.embed(input, insideOf(method, parameters));
    return method(Object.fromEntries(tensors), words, wordMask(input));
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
  const named = Object.fromEntries(parameters.map(({ name, variable }) => [name, variable]));
  return method.inside?.({ ...named, ...weightsByTensor(parameters) });
}

/**
 * The loss and its gradient for every tensor. The backbone answers for everything after the embeddings, and for the tensors
 * inside its blocks; the method's graph before them is differentiated by tfjs, with the backbone's gradient as the upstream one.
 * Where the embeddings learn, so do the words in that graph.
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
  const words = backbone.embed(input, inside); // [batch, rows, width]
  const mask = wordMask(input); // [batch, rows, 1]
  const table = inside?.embeddings?.weights[0]?.tensor;
  const graph = (...tensors: Tensor[]) => {
    const named = before.map(({ name }, index) => [name, tensors[index] ?? words]);
    if (!table) return method(Object.fromEntries(named), words, mask);
    // A copy, since tfjs gives no gradient of what comes back as it went in.
    return method(Object.fromEntries(named), (tensors[before.length] ?? words) as Tensor3D, mask).clone();
  };

  const learning = [...before.map(({ variable }) => variable), ...(table ? [words] : [])];
  const embeddings = tf.tidy(() => graph(...learning).clone()); // [batch, prompt + rows, width]
  const answer = backbone.lossAndGradient(embeddings, input, targets, inside);
  const { loss, gradient: upstream, inner, rows = [] } = answer;
  const outer = learning.length === 0 ? [] : tf.tidy(() => tf.grads(graph)(learning, upstream));
  const whole = new Map([
    ...(inner ?? []),
    ...before.map(({ variable }, index) => [variable, outer[index]] as const),
  ]);
  const ofWords = outer[before.length];
  const byRow = [...rows, ...(table && ofWords ? [{ tensor: table, ids: input.ids, rows: ofWords }] : [])];
  const [lossValues, numbers] = await Promise.all([
    loss.data<"float32">(),
    readGradients(parameters, whole, byRow),
  ]);
  const read = { loss: lossValues[0] ?? NaN, gradients: numbers };
  const made = [...whole.values()].filter((tensor) => tensor !== undefined);
  tf.dispose([words, mask, embeddings, loss, upstream, ...made, ...byRow.map((each) => each.rows)]);
  return read;
}

/** The gradients as numbers, in the order of the parameters; rows of a table are added to what is there. */
async function readGradients(
  parameters: readonly Parameter[],
  whole: ReadonlyMap<Tensor, Tensor | undefined>,
  byRow: readonly { readonly tensor: Tensor; readonly ids: Int32Array; readonly rows: Tensor }[],
): Promise<Float32Array[]> {
  return Promise.all(
    parameters.map(async ({ name, variable, values }) => {
      const parts = byRow.filter(({ tensor }) => tensor === variable);
      const found = whole.get(variable);
      if (!found && parts.length === 0) throw new Error(`tensor ${name} has no gradient`);
      const gradient = found ? (await found.data<"float32">()).slice() : new Float32Array(values.length);
      for (const { ids, rows } of parts) addRows(gradient, ids, await rows.data<"float32">());
      return gradient;
    }),
  );
}

/** Throws NotFinite that names the step, and the tensor if it is a gradient. */
export function assertFinite(
  { loss, gradients }: Gradients,
  parameters: readonly Parameter[],
  step: number,
): void {
  if (!Number.isFinite(loss)) throw new NotFinite(`the loss of step ${step} is ${loss}`);
  for (const [index, { name }] of parameters.entries()) {
    const strange = firstStrange(gradients[index] ?? new Float32Array());
    if (strange !== undefined)
      throw new NotFinite(`the gradient of ${name} in step ${step} holds ${strange}`);
  }
}

function firstStrange(entries: Float32Array): number | undefined {
  for (let i = 0; i < entries.length; i++) if (!Number.isFinite(entries[i])) return entries[i];
  return undefined;
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
