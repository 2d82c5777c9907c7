// An adapter of peft or of the DePT authors, in our terms: a method, its sizes and its tensors.

import { OperationalError } from "../runtime/operational-error.ts";
import type { TensorValues } from "../runtime/weights/safetensors.ts";
import { type AdapterConfig, countOf, readAdapterConfig } from "./adapter-config.ts";
import { type DeadSetting, deadSettings } from "./dead-settings.ts";
import type { AdapterPlace } from "./find-adapters.ts";
import { readTensorFile, type TensorFile } from "./tensor-file.ts";
import { renderVerification } from "./render-verification.ts";
import { verifyAdapter } from "./verify-adapter.ts";
import { authorsMethod, authorsShapes, authorsTensors } from "./verify-authors.ts";

export interface ImportedAdapter {
  readonly kind: "prompt" | "pair";
  /** As the source names it. */
  readonly base: string;
  readonly width: number;
  readonly length: number;
  /** Of the pair. */
  readonly rank: number;
  /** Most tokens of an input; undefined where the source does not say. */
  readonly rows: number | undefined;
  /** A @ B is multiplied with it. */
  readonly scale: number;
  readonly tensors: Readonly<Record<string, TensorValues>>;
  readonly dead: readonly DeadSetting[];
}

/**
 * Throws an OperationalError for an adapter without configuration or weights, one that is incomplete or false, and for a method
 * that works inside the backbone.
 */
export function readForeign(place: AdapterPlace): ImportedAdapter {
  const { path, config: file, weights } = place;
  if (file === undefined) throw new OperationalError(`${path}: there is no adapter_config.json to import`);
  const config = readAdapterConfig(file);
  if (config.method !== "PROMPT_TUNING" && config.method !== authorsMethod) {
    throw new OperationalError(
      `${file}: ${config.method} cannot be imported; what can is PROMPT_TUNING and the DePT authors' ${authorsMethod}`,
    );
  }
  if (weights === undefined)
    throw new OperationalError(`${path}: there are no weights beside adapter_config.json`);
  const found = verifyAdapter(place);
  if (found.findings.some(({ kind }) => kind === "incomplete" || kind === "false")) {
    throw new OperationalError(`nothing was imported\n${renderVerification(found)}`);
  }
  const values = readTensorFile(weights);
  return config.method === authorsMethod ? pairOf(config, values) : promptOf(config, values);
}

function pairOf(config: AdapterConfig, file: TensorFile): ImportedAdapter {
  const { base = "", dead } = known(config);
  const tensors = [...authorsTensors(file)].map(([name, { shape, values }]) => [
    name,
    { shape, data: values },
  ]);
  return { kind: "pair", base, dead, ...authorsShapes(config), tensors: Object.fromEntries(tensors) };
}

function promptOf(config: AdapterConfig, file: TensorFile): ImportedAdapter {
  const { base = "", dead } = known(config);
  const prompt = file.tensors.get("prompt_embeddings");
  const [length, width] = [countOf(config, "num_virtual_tokens"), countOf(config, "token_dim")];
  // Of two sets of rows, which peft makes for encoder and decoder, its forward reads the first.
  const data = (prompt?.values ?? new Float32Array()).slice(0, length * width);
  const tensors = { P: { shape: [length, width], data } };
  return { kind: "prompt", base, dead, width, length, rank: 0, rows: undefined, scale: 1, tensors };
}

function known(config: AdapterConfig) {
  return { base: config.base, dead: deadSettings(config) };
}

/** What is put in front of the words, and added to them: `[length, width]`, `[rows, width]` = scale·A @ B. */
export function foldImported({ tensors, rank, width, rows = 1, scale, kind }: ImportedAdapter): {
  readonly prompt: TensorValues;
  readonly offset: TensorValues;
} {
  const data = new Float32Array(rows * width);
  const [A, B] = [tensors["A"]?.data, tensors["B"]?.data];
  for (let at = 0; kind === "pair" && at < data.length; at++) {
    const [row, column] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += (A?.[row * rank + r] ?? 0) * (B?.[r * width + column] ?? 0);
    data[at] = scale * sum;
  }
  return {
    prompt: tensors["P"] ?? { shape: [0, width], data: new Float32Array() },
    offset: { shape: [rows, width], data },
  };
}
