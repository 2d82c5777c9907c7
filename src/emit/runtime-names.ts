// The names that emitted scripts may import: checked against the runtime's own exports without loading it.

type Exported = keyof typeof import("../runtime/index.ts");

/** Every value an emitted script may import. A name the runtime no longer exports does not compile. */
export const runtimeNames = [
  "adafactor",
  "adamW",
  "adapter",
  "ball",
  "bottleneck",
  "choice",
  "concatRows",
  "constant",
  "cosine",
  "csv",
  "firstRows",
  "fit",
  "freeText",
  "gelu",
  "hub",
  "hubDataset",
  "hubTokenizer",
  "jsonl",
  "kaimingUniform",
  "layerNorm",
  "linear",
  "loadBert",
  "loadGpt2",
  "loadLlama",
  "loadT5",
  "loadTask",
  "lowRank",
  "matMul",
  "maxRows",
  "meanRows",
  "normal",
  "numberChoice",
  "ones",
  "orthogonal",
  "parquet",
  "prefix",
  "rowsOf",
  "scaled",
  "shifted",
  "showData",
  "shuffled",
  "silu",
  "stdlib",
  "text",
  "tf",
  "top1",
  "tsv",
  "uniform",
  "vocabulary",
  "warmup",
  "xavierUniform",
  "zeros",
] as const satisfies readonly Exported[];

export type RuntimeName = (typeof runtimeNames)[number];

/** Types an emitted script may import. */
export type RuntimeType = "Inside" | "Tensor3D" | "TensorsOf";
