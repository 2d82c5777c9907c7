// Writes a backbone whose weights were trained as a model of its own: a folder in the Hugging Face layout, like the one it came from.

import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { Backbone } from "../models/backbone.ts";
import { weightPlaces } from "../models/inside.ts";
import { messageOf, OperationalError } from "../operational-error.ts";
import type { TensorValues } from "../weights/safetensors.ts";
import { writeSafetensors } from "../weights/write-safetensors.ts";

/** What a model is beside its weights; those that are there are copied as they are. */
const companions = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "spiece.model",
];

/**
 * Every tensor of the backbone, those in `learned` by their names in the checkpoint, and the files that lay beside them. Throws
 * an OperationalError when the folder or the disk refuses.
 */
export async function saveModel(
  folder: string,
  backbone: Pick<Backbone, "folder" | "weightsAt">,
  learned: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const { folder: source } = backbone;
  if (source === undefined) throw new Error("a backbone whose weights were trained came from no folder");
  const places = await Promise.all(
    weightPlaces.map(async (place) => (await backbone.weightsAt?.(place)) ?? []),
  );
  const tensors = places.flat().map(({ name, shape, data }): [string, TensorValues] => {
    return [name, { shape, data: learned.get(name) ?? data }];
  });
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of companions) {
      const file = path.join(source, name);
      if (existsSync(file)) copyFileSync(file, path.join(folder, name));
    }
  } catch (error) {
    throw new OperationalError(`${folder} cannot be written: ${messageOf(error)}`);
  }
  // The format that transformers asks for before it loads anything.
  writeSafetensors(path.join(folder, "model.safetensors"), Object.fromEntries(tensors), { format: "pt" });
}
