// The names that emitted scripts may import: checked against the runtime's own exports without loading it.

type Exported = keyof typeof import("../runtime/index.ts");

/** Every value an emitted script may import. A name the runtime no longer exports does not compile. */
export const runtimeNames = [
  "adamW",
  "adapter",
  "ball",
  "bottleneck",
  "choice",
  "concatRows",
  "constant",
  "firstRows",
  "fit",
  "gelu",
  "hub",
  "jsonl",
  "kaimingUniform",
  "layerNorm",
  "linear",
  "loadT5",
  "loadTask",
  "lowRank",
  "matMul",
  "maxRows",
  "meanRows",
  "normal",
  "ones",
  "orthogonal",
  "prefix",
  "rowsOf",
  "scaled",
  "shifted",
  "silu",
  "stdlib",
  "text",
  "tf",
  "top1",
  "uniform",
  "vocabulary",
  "xavierUniform",
  "zeros",
] as const satisfies readonly Exported[];

export type RuntimeName = (typeof runtimeNames)[number];

/** Types an emitted script may import. */
export type RuntimeType = "Inside" | "Tensor3D" | "TensorsOf";
