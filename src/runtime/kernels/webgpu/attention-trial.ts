// Attention without a matrix of scores on trial, forward and backward at once, since each needs the other.

import { tf, type Tensor4D } from "../../backends/tensorflow.ts";
import { setKernel } from "../../primitives/primitive.ts";
import { attendInSlicesBackward, mixInSlices, type BiasParts } from "../../primitives/sliced-attention.ts";
import { fusedAttention, fusedAttentionBackward } from "./fused-attention.ts";
import { withSmallProgram } from "./matmul.ts";
import { wave, type Trial } from "./trial.ts";

type Given = readonly [query: Tensor4D, key: Tensor4D, value: Tensor4D, bias: BiasParts, dMixed: Tensor4D];

const bothPasses =
  (mix: typeof mixInSlices.stock, back: typeof attendInSlicesBackward.stock) =>
  (...[query, key, value, bias, dMixed]: Given) => {
    const { mixed, ...found } = mix(query, key, value, bias);
    const { dQuery, dKey, dValue } = back(dMixed, { query, key, value, bias, ...found }, false);
    return { mixed, dQuery, dKey, dValue };
  };

const stock = bothPasses(mixInSlices.stock, attendInSlicesBackward.stock);

const tensor = ([a, b, c, d]: readonly [number, number, number, number], phase: number): Tensor4D =>
  tf.tensor4d(wave(a * b * c * d, phase), [a, b, c, d]);

/** The width of nearly all models' heads; more rows and keys than one tile has; keys in front; a bias of two parts. */
function calls(): readonly Given[] {
  const [heads, rows, keyRows, headWidth] = [2, 18, 20, 64];
  const [ofRows, ofKeys] = [
    [1, heads, rows, headWidth],
    [1, heads, keyRows, headWidth],
  ] as const;
  const bias = [tensor([1, heads, rows, rows], 4), tensor([1, 1, 1, rows], 5)];
  return [[tensor(ofRows, 1), tensor(ofKeys, 2), tensor(ofKeys, 3), bias, tensor(ofRows, 6)]];
}

export const attentionTrial: Trial = {
  name: "attention",
  stock: (...given: Given) => withSmallProgram(() => stock(...given)),
  kernel: bothPasses(fusedAttention, fusedAttentionBackward),
  calls,
  install: () => {
    setKernel(mixInSlices, "webgpu", fusedAttention);
    setKernel(attendInSlicesBackward, "webgpu", fusedAttentionBackward);
  },
};
