// Matrix products by subgroups on trial.

import { tf, type Tensor3D } from "../../backends/tensorflow.ts";
import { tiledMatMul, useSubgroups } from "./matmul.ts";
import type { SubgroupShape } from "./subgroup-matmul.ts";
import { wave, type Trial } from "./trial.ts";

const stack = (shape: [number, number, number], phase: number): Tensor3D =>
  tf.tensor3d(wave(shape[0] * shape[1] * shape[2], phase), shape);

/** Beside the program in tiles; more rows and columns than one workgroup has, and numbers of k that fill no round. */
export function subgroupTrial(shape: SubgroupShape): Trial {
  return {
    name: "matrix products by subgroups",
    stock: (a: Tensor3D, b: Tensor3D, transposeA: boolean, transposeB: boolean) =>
      tiledMatMul(a, b, transposeA, transposeB, 32),
    kernel: (a: Tensor3D, b: Tensor3D, transposeA: boolean, transposeB: boolean) =>
      tiledMatMul(a, b, transposeA, transposeB, shape),
    calls: () => [
      [stack([1, 132, 36], 1), stack([1, 136, 36], 2), false, true],
      [stack([2, 17, 65], 1), stack([2, 17, 70], 2), true, false],
    ],
    install: () => useSubgroups(shape),
  };
}
