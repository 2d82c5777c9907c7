// BERT's encoder: self-attention and feed-forward blocks, each followed by residual and norm.

import { activate, activateBackward } from "../primitives/activations.ts";
import { attend, attendBackward, type AttentionState } from "../primitives/attention.ts";
import { consume, free } from "../primitives/consume.ts";
import {
  linearFromHeads,
  linearFromHeadsBackward,
  linearToHeads,
  linearToHeadsBackward,
} from "../primitives/heads.ts";
import {
  layerNorm,
  layerNormBackward,
  type LayerNormSaved,
  type LayerNormWeights,
} from "../primitives/layer-norm.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor4D } from "../tf.ts";
import type { BertConfig } from "./bert-config.ts";
import { holdLayer, type Held, type LayerMemory } from "./layer-memory.ts";

export interface DenseWeights {
  readonly weight: Tensor2D; // [out, in]
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

/**
 * `[batch × rows, width]` → the same, encoded. Takes over `x`; `mask` is `[batch, 1, 1, rows]`, and is read again by the
 * backward pass where activations are made again.
 */
export function encodeBert(
  layers: readonly BertLayer[],
  config: BertConfig,
  x: Tensor2D,
  mask: Tensor4D,
  memory?: LayerMemory,
) {
  const saved: BertEncoderSaved = [];
  let last = x;
  for (const layer of layers) {
    const { y, held } = holdLayer(memory, last, (input) =>
      consume(input, () => runLayer(layer, config, input, mask)),
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
  mask: Tensor4D,
): Tensor2D {
  let last = x;
  for (const layer of layers) {
    const input = last;
    const { y, saved } = consume(input, () => runLayer(layer, config, input, mask));
    free(saved);
    last = y;
  }
  return last;
}

function runLayer(layer: BertLayer, { heads, epsilon }: BertConfig, x: Tensor2D, mask: Tensor4D) {
  const batch = mask.shape[0];
  const split = (weights: DenseWeights) => linearToHeads(x, weights.weight, batch, heads, weights.bias);
  const query: Tensor4D = tf.mul(split(layer.query), scaleOf(layer, heads));
  const { mixed, state } = attend(query, split(layer.key), split(layer.value), mask);
  const attended = tf.add(
    x,
    linearFromHeads(mixed, layer.attentionOutput.weight, layer.attentionOutput.bias),
  ) as Tensor2D;
  const middle = layerNorm(layer.attentionNorm, attended, epsilon);
  const inner = dense(layer.input, middle.y);
  const forward = tf.add(middle.y, dense(layer.output, activate("erfGelu", inner))) as Tensor2D;
  const { y, saved: outputNorm } = layerNorm(layer.outputNorm, forward, epsilon);
  const saved: LayerSaved = { attention: state, attentionNorm: middle.saved, inner, outputNorm };
  return { y, saved };
}

/** Gradient with respect to the encoder's input; frees `dEncoded` and `saved`. */
export function encodeBertBackward(
  layers: readonly BertLayer[],
  dEncoded: Tensor2D,
  saved: BertEncoderSaved,
): Tensor2D {
  let dx = dEncoded;
  for (const layer of layers.toReversed()) {
    const kept = saved.pop()?.take();
    if (kept === undefined) throw new Error("the encoder's backward pass was run twice");
    const dy = dx;
    dx = consume([dy, kept], () => layerBackward(layer, dy, kept));
  }
  return dx;
}

function layerBackward(layer: BertLayer, dy: Tensor2D, saved: LayerSaved): Tensor2D {
  const dForward = layerNormBackward(layer.outputNorm, dy, saved.outputNorm);
  const dInner = activateBackward("erfGelu", linearBackward(dForward, layer.output.weight), saved.inner);
  const dMiddle = linearBackward(dInner, layer.input.weight, dForward);
  const dAttended = layerNormBackward(layer.attentionNorm, dMiddle, saved.attentionNorm);

  const [batch, heads] = saved.attention.query.shape;
  const dMixed = linearFromHeadsBackward(dAttended, layer.attentionOutput.weight, batch, heads);
  const { dKey, dValue, dQuery } = attendBackward(dMixed, saved.attention);
  const dScaled: Tensor4D = tf.mul(dQuery(), scaleOf(layer, heads));
  const withValue = linearToHeadsBackward(dValue, layer.value.weight, dAttended);
  const withKey = linearToHeadsBackward(dKey, layer.key.weight, withValue);
  return linearToHeadsBackward(dScaled, layer.query.weight, withKey);
}

/** 1/√headWidth, which the scores of attention are multiplied with. */
function scaleOf({ query }: BertLayer, heads: number): number {
  return (query.weight.shape[0] / heads) ** -0.5;
}
