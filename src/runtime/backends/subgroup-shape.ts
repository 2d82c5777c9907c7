// Which product a GPU's matrix units compute at once: the largest that our program can be made of.

import { isUsable, type SubgroupShape } from "../kernels/webgpu/subgroup-matmul.ts";
import type { GpuAdapter } from "./dawn.ts";

/** What the device must be opened with. */
export const subgroupFeatures = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"];

/** Undefined where the adapter has none for our program. Where the size of a subgroup is not fixed, nobody knows how many there are. */
export function subgroupShapeOf({ info, features }: GpuAdapter): SubgroupShape | undefined {
  const { subgroupMinSize, subgroupMaxSize, subgroupMatrixConfigs } = info;
  const isFixed = subgroupMinSize !== undefined && subgroupMinSize === subgroupMaxSize;
  if (!isFixed || !subgroupFeatures.every((feature) => features.has(feature))) return undefined;
  const size = ({ m, n, k }: SubgroupShape) => m * n * k;
  return [...(subgroupMatrixConfigs ?? [])]
    .filter(
      ({ componentType, resultComponentType }) => componentType === "f16" && resultComponentType === "f32",
    )
    .map(({ M, N, K }) => ({ m: M, n: N, k: K, threads: subgroupMinSize }))
    .filter(isUsable)
    .sort((a, b) => size(b) - size(a))[0];
}
