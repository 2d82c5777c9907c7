// One training step: two gradients that meet at the embeddings, one clip, one update for each tensor.

import type { TextBackbone } from "../data/load-task.ts";
import type { InputBatch, TargetBatch } from "../models/backbone.ts";
import { tensorsIn, type Inside, type Weights } from "../models/inside.ts";
import type { LayerMemory } from "../models/layer-memory.ts";
import { tf, type Tensor, type Tensor2D, type Tensor3D } from "../tf.ts";
import { clipByGlobalNorm, globalNorm } from "./clip.ts";
import { optimizerStep, type Optimizer } from "./optimizers.ts";
import { project } from "./projections.ts";
import { upload, type Parameter } from "./parameters.ts";
import { weightsByTensor } from "./pretrained.ts";
import { addRows } from "./row-gradients.ts";

/** What a method does to the inside of the backbone's blocks; its tensors are parameters as they are, or weights of the backbone. */
export type InsideOf = (tensors: Readonly<Record<string, Tensor | Weights>>) => Inside;

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
    const x = backbone.embed(input, insideOf(method, parameters));
    return method(Object.fromEntries(tensors), x, wordsOf(input));
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
  const named = Object.fromEntries(parameters.map(({ name, variable }) => [name, variable]));
  return method.inside?.({ ...named, ...weightsByTensor(parameters) });
}

/** Loss and gradients where they were made, and not waited for. */
export interface GradientTensors {
  /** `[1]`. */
  readonly loss: Tensor;
  /** By tensor that learns, of its shape. */
  readonly whole: ReadonlyMap<Tensor, Tensor | undefined>;
  /** To be added to rows of a table that learns. */
  readonly byRow: readonly { readonly tensor: Tensor; readonly ids: Int32Array; readonly rows: Tensor }[];
  /** Frees these and what was made on the way to them. */
  dispose(): void;
}

/**
 * The loss and its gradient for every tensor. The backbone answers for everything after the embeddings, and for the tensors
 * inside its blocks, with `memory` for what its layers hold meanwhile; the method's graph before them is differentiated by tfjs,
 * with the backbone's gradient as the upstream one. Where the embeddings learn, so do the words in that graph.
 */
export function gradientTensors(
  backbone: TextBackbone,
  method: Method,
  parameters: readonly Parameter[],
  input: InputBatch,
  targets: TargetBatch,
  memory?: LayerMemory,
): GradientTensors {
  const inside = insideOf(method, parameters);
  const within = new Set(inside ? tensorsIn(inside) : []);
  const before = parameters.filter(({ variable }) => !within.has(variable));
  const x = backbone.embed(input, inside); // [batch, rows, width]
  const words = wordsOf(input);
  const table = inside?.embeddings?.weights[0]?.tensor;
  const graph = (...tensors: Tensor[]) => {
    const named = before.map(({ name }, index) => [name, tensors[index] ?? x]);
    if (!table) return method(Object.fromEntries(named), x, words);
    // A copy, since tfjs gives no gradient of what comes back as it went in.
    return method(Object.fromEntries(named), (tensors[before.length] ?? x) as Tensor3D, words).clone();
  };

  const learning = [...before.map(({ variable }) => variable), ...(table ? [x] : [])];
  const embeddings = tf.tidy(() => graph(...learning).clone()); // [batch, prompt + rows, width]
  const answer = backbone.lossAndGradient(embeddings, input, targets, inside, memory);
  const { loss, gradient: upstream, inner, rows = [] } = answer;
  const outer = learning.length === 0 ? [] : tf.tidy(() => tf.grads(graph)(learning, upstream));
  const whole = new Map([
    ...(inner ?? []),
    ...before.map(({ variable }, index) => [variable, outer[index]] as const),
  ]);
  const ofWords = outer[before.length];
  const byRow = [...rows, ...(table && ofWords ? [{ tensor: table, ids: input.ids, rows: ofWords }] : [])];
  const made = [...whole.values()].filter((tensor) => tensor !== undefined);
  const passing = [x, words.mask, words.ids, embeddings, upstream];
  const dispose = () => tf.dispose([...passing, loss, ...made, ...byRow.map((each) => each.rows)]);
  return { loss, whole, byRow, dispose };
}

/** The same as numbers. */
export async function lossAndGradients(...given: Parameters<typeof gradientTensors>): Promise<Gradients> {
  const [, , parameters] = given;
  const { loss, whole, byRow, dispose } = gradientTensors(...given);
  const [lossValues, gradients] = await Promise.all([
    loss.data<"float32">(),
    readGradients(parameters, whole, byRow),
  ]);
  dispose();
  return { loss: lossValues[0] ?? NaN, gradients };
}

/** The gradients as numbers, in the order of the parameters; rows of a table are added to what is there. */
async function readGradients(
  parameters: readonly Parameter[],
  whole: GradientTensors["whole"],
  byRow: GradientTensors["byRow"],
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
    if (strange !== undefined) throw new NotFinite(strangeGradient(name, step, strange));
  }
}

export function strangeGradient(name: string, step: number, strange: number): string {
  return `the gradient of ${name} in step ${step} holds ${strange}`;
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
