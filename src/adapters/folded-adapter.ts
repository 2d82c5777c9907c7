// The two tensors an inference server needs, from the file that a run left beside its adapter.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { foldedFormat } from "../runtime/adapters/manifest-format.ts";
import { OperationalError } from "../runtime/operational-error.ts";
import { writeSafetensors } from "../runtime/weights/write-safetensors.ts";
import type { AdapterPlace } from "./find-adapters.ts";
import { isOwn, type OwnManifest, readOwnManifest } from "./own-manifest.ts";
import { readTensorFile, type HeldTensor } from "./tensor-file.ts";
import { shapeText } from "./verification.ts";

export interface FoldedAdapter {
  readonly manifest: OwnManifest;
  /** `[length, width]` */
  readonly prompt: HeldTensor;
  /** `[rows, width]` */
  readonly offset: HeldTensor;
}

/** Throws an OperationalError when the adapter is not ours, cannot be folded, or its folded file is of another one. */
export function readFolded({ path, weights }: AdapterPlace): FoldedAdapter {
  const file = weights === undefined ? undefined : readTensorFile(weights);
  if (!file || !isOwn(file.metadata)) {
    throw new OperationalError(`${path} is no adapter of dept; dept import makes one of it`);
  }
  const manifest = readOwnManifest(file.path, file.metadata);
  const beside = join(dirname(file.path), "folded.safetensors");
  if (!existsSync(beside)) {
    throw new OperationalError(
      `${beside}: no such file; a run leaves it where its method is a prompt and an offset for each position, and no more: ` +
        "what changes the blocks, or depends on the words, is neither two tensors nor a prompt of peft",
    );
  }
  const { metadata, tensors } = readTensorFile(beside);
  const [prompt, offset] = [tensors.get("prompt"), tensors.get("offset")];
  const same = (["name", "spec", "step"] as const).every((key) => metadata[key] === file.metadata[key]);
  if (metadata["format"] !== foldedFormat || !same || !prompt || !offset) {
    throw new OperationalError(`${beside} was not made from ${file.path}`);
  }
  if (prompt.shape[1] !== manifest.backbone.width || offset.shape[1] !== manifest.backbone.width) {
    const shapes = [prompt, offset].map(({ shape }) => shapeText(shape)).join(" and ");
    throw new OperationalError(`${beside}: ${shapes} are not as wide as ${manifest.backbone.name}`);
  }
  return { manifest, prompt, offset };
}

/** Whether any word is moved; a plain prompt moves none. */
export function hasOffset({ offset }: FoldedAdapter): boolean {
  return offset.values.some((value) => value !== 0);
}

/** Writes `prompt` and `offset`, whole or not at all. */
export function writeFolded(path: string, { manifest, prompt, offset }: FoldedAdapter): void {
  const { name, spec, step } = manifest;
  const tensors = { prompt: dataOf(prompt), offset: dataOf(offset) };
  writeSafetensors(path, tensors, { format: foldedFormat, name, spec, step: String(step) });
}

/** A tensor as `writeSafetensors` takes it. */
export function dataOf({ shape, values }: HeldTensor): { shape: readonly number[]; data: Float32Array } {
  return { shape, data: values };
}
