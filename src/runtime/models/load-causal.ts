// What loading a decoder-only model takes, whatever its family: tokenizer, backend, weights, identity.

import path from "node:path";
import { fileURLToPath } from "node:url";
import type { InputFrame } from "../data/load-task.ts";
import { OperationalError } from "../operational-error.ts";
import type { BackendOptions } from "../options.ts";
import { describeStart, startBackend, tf, type Tensor, type Tensor1D } from "../tf.ts";
import { storageOf, type Matrix } from "../primitives/half-matrix.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { announced } from "../weights/announce-weights.ts";
import { expectTensors, hashFiles, modelName, openCheckpoint, sameValues } from "../weights/checkpoint.ts";
import { loadMatrix, loadTurned } from "../weights/load-matrix.ts";
import { loadTensor } from "../weights/load-tensor.ts";
import { readModelConfig, type ModelConfig } from "../weights/model-config.ts";
import type { WeightsFile } from "../weights/safetensors.ts";
import { CausalBackbone } from "./causal-backbone.ts";
import type { CausalModel } from "./causal-model.ts";
import type { Projection } from "./changed-linear.ts";
import { assertDimensions, type Dimension } from "./expected-dimensions.ts";
import { causalReader } from "./text-reader.ts";
import { loadTokenTable, type TokenTable } from "./token-table.ts";

/** A decoder-only model with the tokenizer of its folder. */
export type CausalLanguageModel = CausalBackbone & {
  readonly tokenizer: Tokenizer;
  readonly inputFrame: InputFrame;
};

/** Takes tensors of one file onto the device and remembers them. */
export interface WeightReader {
  readonly tensors: Tensor[];
  vector(name: string): Tensor1D;
  projection(name: string, bias: boolean): Projection;
  /** Maps with a bias that a file has side by side, and turned: as `[in, out]`. */
  turned<Part extends string>(name: string, parts: readonly Part[]): Readonly<Record<Part, Projection>>;
  table(name: string): TokenTable;
  /** A table that is the head's, too; a copy for the head in the file must be one. */
  tiedTable(name: string): TokenTable;
}

export interface CausalFamily {
  readonly architecture: string;
  /** Dimensions of config.json by the field's name: what it says and what the script was compiled for. */
  dimensions(config: ModelConfig): readonly Dimension[];
  shapes(config: ModelConfig): ReadonlyMap<string, readonly number[]>;
  /** Tensors that may stand in a file and are not read. */
  unread(config: ModelConfig): ReadonlyMap<string, readonly number[]>;
  /** What exporters put before every name. */
  readonly prefix: string;
  model(config: ModelConfig, read: WeightReader): Omit<CausalModel, "padId" | "endId" | "tensors">;
}

/** Loads `config.json`, `model.safetensors` and `tokenizer.json` of a folder; see `loadGpt2` and `loadLlama`. */
export async function loadCausal(
  folder: URL | string,
  family: CausalFamily,
  options: BackendOptions,
): Promise<CausalLanguageModel> {
  const place = typeof folder === "string" ? folder : fileURLToPath(folder);
  const config = readModelConfig(place);
  assertDimensions(config.path, family.dimensions(config));
  const { tokenizer, inputFrame } = causalReader(place, config);
  process.stderr.write(`${describeStart(await startBackend(options.backend, options.threads))}\n`);

  const file = openCheckpoint(place);
  try {
    const shapes = family.shapes(config);
    const reader = readWeights(file, shapes, family.unread(config), family.prefix);
    const { padId, endId } = tokenizer;
    const loaded = announced(file, () => family.model(config, reader));
    const model = { ...loaded, padId, endId, tensors: reader.tensors };
    const [vocabulary, width] = model.table.matrix.shape;
    if (tokenizer.vocabularySize > vocabulary) {
      throw new OperationalError(
        `${path.join(place, "tokenizer.json")} has ${tokenizer.vocabularySize} tokens, but vocab_size in config.json is ${vocabulary}`,
      );
    }
    const parameters = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const sha256 = await hashFiles(file.files);
    const { architecture } = family;
    const identity = { name: modelName(place), architecture, width, parameters, sha256 };
    return Object.assign(new CausalBackbone(model, identity), { tokenizer, inputFrame });
  } finally {
    file.close();
  }
}

function readWeights(
  file: WeightsFile,
  shapes: ReadonlyMap<string, readonly number[]>,
  unread: ReadonlyMap<string, readonly number[]>,
  prefix: string,
): WeightReader {
  const hasPrefix = [...shapes.keys()].some((name) => file.tensors.has(prefix + name));
  const named = (name: string) =>
    hasPrefix && shapes.has(name) && !file.tensors.has(name) ? prefix + name : name;
  const all = (from: ReadonlyMap<string, readonly number[]>) =>
    new Map(
      [...from].map(([name, shape]) => [hasPrefix && !file.tensors.has(name) ? prefix + name : name, shape]),
    );
  expectTensors(file, all(shapes), all(unread));
  const tensors: Tensor[] = [];
  const vector = (name: string): Tensor1D => {
    const tensor = loadTensor(file, named(name)) as Tensor1D;
    tensors.push(tensor);
    return tensor;
  };
  const remembered = (matrix: Matrix): Matrix => {
    tensors.push(storageOf(matrix));
    return matrix;
  };
  const table = (name: string): TokenTable => {
    const loaded = loadTokenTable(file, named(name));
    remembered(loaded.matrix);
    return loaded;
  };
  return {
    tensors,
    vector,
    projection: (name, bias) => ({
      weight: remembered(loadMatrix(file, named(`${name}.weight`))),
      bias: bias ? vector(`${name}.bias`) : undefined,
    }),
    turned: <Part extends string>(name: string, parts: readonly Part[]) => {
      const weights = loadTurned(file, named(`${name}.weight`), parts.length).map(remembered);
      const bias = loadTensor(file, named(`${name}.bias`));
      const biases = tf.split(bias, parts.length) as Tensor1D[];
      bias.dispose();
      tensors.push(...biases);
      const maps = weights.map((weight, index): Projection => ({ weight, bias: biases[index] }));
      return Object.fromEntries(parts.map((part, index) => [part, maps[index]])) as Record<Part, Projection>;
    },
    table,
    tiedTable: (name) => {
      if (file.tensors.has(headName) && !sameValues(file, named(name), headName)) {
        throw new OperationalError(
          `${file.path}: tensor ${headName} differs from ${name}, but config.json ties them`,
        );
      }
      return table(name);
    },
  };
}

/** The head's own tensor, or the copy that some files hold of a tied one; no exporter puts a prefix before it. */
export const headName = "lm_head.weight";

/** Throws an OperationalError when a field of config.json holds something that cannot be run. */
export function refuseUnless(config: ModelConfig, field: string, found: unknown, wanted: unknown): void {
  if (found === wanted) return;
  throw new OperationalError(
    `${config.path}: ${field} is ${String(found)}; only ${String(wanted)} can be run`,
  );
}
