// Layer norm with a learned scale and shift (Ba, Kiros and Hinton, 2016), by the names that BERT has for them.

import type { Tensor1D, Tensor2D } from "../backends/tensorflow.ts";
import { norm, normBackward, normed, type NormSaved } from "./norm.ts";

export interface LayerNormWeights {
  readonly weight: Tensor1D; // [width]
  readonly bias: Tensor1D; // [width]
}

export type LayerNormSaved = NormSaved;

/** y = x̂·w + b with x̂ = (x − mean(x))/√(var(x) + ε), `[rows, width]`. */
export function layerNorm({ weight, bias }: LayerNormWeights, x: Tensor2D, epsilon: number) {
  return norm({ weight, shift: bias, epsilon }, x);
}

/** What the norm gave, made again of what it kept: `[rows, width]`. */
export function layerNormed({ weight, bias }: LayerNormWeights, saved: LayerNormSaved): Tensor2D {
  return normed({ weight, shift: bias }, saved);
}

/** Gradient with respect to x; what stands beside the norm, `onto`, is added. */
export function layerNormBackward(
  { weight, bias }: LayerNormWeights,
  dy: Tensor2D,
  saved: LayerNormSaved,
  onto?: Tensor2D,
): Tensor2D {
  return normBackward({ weight, shift: bias }, dy, saved, onto);
}
