// Everything an emitted script may import.

export { choice, numberChoice } from "./data/choice.ts";
export { csv, tsv } from "./data/csv.ts";
export { freeText } from "./data/free-text.ts";
export { hubDataset } from "./data/hub-dataset.ts";
export { jsonl } from "./data/jsonl.ts";
export { hub, hubTokenizer } from "./hub/hub.ts";
export { loadTask } from "./data/load-task.ts";
export { shuffled } from "./data/shuffled.ts";
export { parquet } from "./data/parquet.ts";
export { concatRows, firstRows, gelu, layerNorm, matMul, rowsOf, silu } from "./graph-operations.ts";
export { occurrences, tokensOf } from "./occurrences.ts";
export { maxRows, meanRows, top1 } from "./pooling.ts";
export { bottleneck, lowRank, prefix, scaled, shifted, trained } from "./models/inside.ts";
export { loadBert } from "./models/bert.ts";
export { loadGpt2 } from "./models/gpt2.ts";
export { loadLlama } from "./models/llama.ts";
export { loadT5 } from "./models/t5.ts";
export { kaimingUniform, normal, ones, orthogonal, uniform, zeros } from "./prompts/initialisers.ts";
export { adapter, pretrained, text, vocabulary, xavierUniform } from "./prompts/initialisers.ts";
export { showData } from "./show-data.ts";
export { stdlib } from "./stdlib.ts";
export { tf } from "./tf.ts";
export { adafactor } from "./train/adafactor.ts";
export { adamW } from "./train/adamw.ts";
export { fit } from "./train/fit.ts";
export { ball } from "./train/projections.ts";
export { constant, cosine, linear, warmup } from "./train/schedules.ts";

export type { Inside } from "./models/inside.ts";
export type { TensorsOf } from "./prompts/initialisers.ts";
export type { Words } from "./train/step.ts";
export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "./tf.ts";
