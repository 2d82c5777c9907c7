// BERT's encoder: self-attention and feed-forward blocks, each followed by residual and norm.

import { activate, activateBackward } from "../primitives/activations.ts";
import { attend, attendBackward, type AttentionState } from "../primitives/attention.ts";
import { consume, free } from "../primitives/consume.ts";
import type { Matrix } from "../primitives/half-matrix.ts";
import {
  layerNorm,
  layerNormBackward,
  layerNormed,
  type LayerNormSaved,
  type LayerNormWeights,
} from "../primitives/layer-norm.ts";
import { linear } from "../primitives/linear.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor4D } from "../tf.ts";
import { memoryBackward, widenedBias, withMemory } from "./attention-memory.ts";
import type { BertConfig } from "./bert-config.ts";
import {
  projectFromHeads,
  projectFromHeadsBackward,
  projectToHeads,
  projectToHeadsBackward,
} from "./changed-heads.ts";
import {
  hiddenAt,
  hiddenBackwardAt,
  projectAt,
  projectBackwardAt,
  through,
  throughBackward,
} from "./changed-linear.ts";
import { blockInside, type BlockInside, type InsideRun } from "./inside.ts";
import { holdLayer, type Held, type LayerMemory } from "./layer-memory.ts";

export interface DenseWeights {
  readonly weight: Matrix; // [out, in]
  readonly bias: Tensor1D; // [out]
}

export interface BertLayer {
  readonly query: DenseWeights;
  readonly key: DenseWeights;
  readonly value: DenseWeights;
  readonly attentionOutput: DenseWeights;
  readonly attentionNorm: LayerNormWeights;
  readonly input: DenseWeights; // [feedForwardWidth, width]
  readonly output: DenseWeights; // [width, feedForwardWidth]
  readonly outputNorm: LayerNormWeights;
}

type LayerSaved = {
  readonly attention: AttentionState;
  readonly attentionNorm: LayerNormSaved;
  readonly inner: Tensor2D; // [batch × rows, feedForwardWidth], before gelu
  readonly outputNorm: LayerNormSaved;
};

export type BertEncoderSaved = Held<LayerSaved>[];

/** x·Wᵀ + b. */
export function dense({ weight, bias }: DenseWeights, x: Tensor2D): Tensor2D {
  return linear(x, weight, bias);
}

/** What the encoder reads, beside its weights. */
export interface BertContext {
  readonly mask: Tensor4D; // [batch, 1, 1, rows], 0 or -1e9
  /** What a method changes inside the blocks. */
  readonly run: InsideRun | undefined;
}

/**
 * `[batch × rows, width]` → the same, encoded. Takes over `x`; the mask is read again by the backward pass where activations
 * are made again.
 */
export function encodeBert(
  layers: readonly BertLayer[],
  config: BertConfig,
  x: Tensor2D,
  { mask, run }: BertContext,
  memory?: LayerMemory,
) {
  const saved: BertEncoderSaved = [];
  let last = x;
  for (const [index, layer] of layers.entries()) {
    const at = blockInside(run, index);
    const { y, held } = holdLayer(memory, last, (input) =>
      consume(input, () => runLayer(layer, config, input, mask, at)),
    );
    saved.push(held);
    last = y;
  }
  return { encoded: last, saved };
}

/** The same without keeping anything for a backward pass. */
export function encodeBertOnly(
  layers: readonly BertLayer[],
  config: BertConfig,
  x: Tensor2D,
  { mask, run }: BertContext,
): Tensor2D {
  let last = x;
  for (const [index, layer] of layers.entries()) {
    const input = last;
    const at = blockInside(run, index);
    const { y, saved } = consume(input, () => runLayer(layer, config, input, mask, at));
    free(saved);
    last = y;
  }
  return last;
}

function runLayer(
  layer: BertLayer,
  { heads, epsilon }: BertConfig,
  x: Tensor2D,
  mask: Tensor4D,
  at: BlockInside | undefined,
) {
  const { memory, afterSelfAttention, afterFeedForward } = at?.inside ?? {};
  const place = at?.attention ?? 0;
  const batch = mask.shape[0];
  const split = (name: "query" | "key" | "value") => projectToHeads(x, layer[name], at, name, batch, heads);
  const query: Tensor4D = tf.mul(split("query"), scaleOf(layer, heads));
  const key = withMemory(split("key"), memory?.keys, place);
  const value = withMemory(split("value"), memory?.values, place);
  const { mixed, state } = attend(query, key, value, widenedBias(mask, memory));
  const attended = through(attentionOutput(layer, mixed, at), afterSelfAttention, place);
  const middle = layerNorm(layer.attentionNorm, tf.add(x, attended) as Tensor2D, epsilon);
  const inner = projectAt(middle.y, layer.input, at, "feedForwardInput");
  const forward = through(forwardOutput(layer, activate("erfGelu", inner), at), afterFeedForward, place);
  const { y, saved: outputNorm } = layerNorm(
    layer.outputNorm,
    tf.add(middle.y, forward) as Tensor2D,
    epsilon,
  );
  const saved: LayerSaved = { attention: state, attentionNorm: middle.saved, inner, outputNorm };
  return { y, saved };
}

/**
 * Gradient with respect to the encoder's input, `entered`, which is read where something inside the blocks learns; those of
 * what is changed inside go to the run's. Frees `dEncoded` and `saved`.
 */
export function encodeBertBackward(
  layers: readonly BertLayer[],
  dEncoded: Tensor2D,
  saved: BertEncoderSaved,
  entered: () => Tensor2D,
  run?: InsideRun,
): Tensor2D {
  let dx = dEncoded;
  for (const [index, layer] of [...layers.entries()].toReversed()) {
    const held = saved.pop();
    const input = run && held?.input?.clone(); // to take the activations frees it
    const kept = held?.take();
    if (kept === undefined) throw new Error("the encoder's backward pass was run twice");
    const [below, before] = [layers[index - 1], saved[index - 1]?.saved];
    const x = () => input ?? (below && before ? layerNormed(below.outputNorm, before.outputNorm) : entered());
    const dy = dx;
    dx = consume([dy, kept], () => layerBackward(layer, dy, kept, x, blockInside(run, index)));
    if (input) free(input);
  }
  return dx;
}

function layerBackward(
  layer: BertLayer,
  dy: Tensor2D,
  saved: LayerSaved,
  x: () => Tensor2D,
  at: BlockInside | undefined,
): Tensor2D {
  const { memory, afterSelfAttention, afterFeedForward } = at?.inside ?? {};
  const dForward = layerNormBackward(layer.outputNorm, dy, saved.outputNorm);
  const active = () => activate("erfGelu", saved.inner);
  const forward = () => forwardOutput(layer, active(), at);
  const dPlain = throughBackward(dForward, forward, afterFeedForward, at);
  const read = () => hiddenAt(active(), at);
  const dRead = projectBackwardAt(dPlain, layer.output, at, "feedForwardOutput", read);
  const dInner = activateBackward("erfGelu", hiddenBackwardAt(dRead, active, at), saved.inner);
  const middle = () => layerNormed(layer.attentionNorm, saved.attentionNorm);
  const dMiddle = projectBackwardAt(dInner, layer.input, at, "feedForwardInput", middle, dForward);
  const dAttended = layerNormBackward(layer.attentionNorm, dMiddle, saved.attentionNorm);

  const { query, probabilities, value } = saved.attention;
  const [batch, heads] = query.shape;
  const mixed = () => tf.matMul(probabilities, value) as Tensor4D;
  const attended = () => attentionOutput(layer, mixed(), at);
  const dOutput = throughBackward(dAttended, attended, afterSelfAttention, at);
  const size = [batch, heads] as const;
  const dMixed = projectFromHeadsBackward(dOutput, layer.attentionOutput, at, "attentionOutput", mixed, size);
  const { dKey, dValue, dQuery } = attendBackward(dMixed, saved.attention);
  const back = (d: Tensor4D, name: "query" | "key" | "value", onto: Tensor2D) =>
    projectToHeadsBackward(d, layer[name], at, name, x, onto);
  const withValue = back(memoryBackward(dValue, memory?.values, at), "value", dAttended);
  const withKey = back(memoryBackward(dKey, memory?.keys, at), "key", withValue);
  return back(tf.mul(dQuery(), scaleOf(layer, heads)), "query", withKey);
}

/** What the output projection of attention gives, `[batch × rows, width]`. */
function attentionOutput(layer: BertLayer, mixed: Tensor4D, at: BlockInside | undefined): Tensor2D {
  return projectFromHeads(mixed, layer.attentionOutput, at, "attentionOutput");
}

/** What the output projection of the feed-forward block gives, `[batch × rows, width]`. */
function forwardOutput(layer: BertLayer, active: Tensor2D, at: BlockInside | undefined): Tensor2D {
  return projectAt(hiddenAt(active, at), layer.output, at, "feedForwardOutput");
}

/** 1/√headWidth, which the scores of attention are multiplied with. */
function scaleOf({ query }: BertLayer, heads: number): number {
  return (query.weight.shape[0] / heads) ** -0.5;
}
