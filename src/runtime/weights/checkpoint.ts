// A Hugging Face model folder: config.json beside model.safetensors, or beside the shards of one.

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import path from "node:path";
import { OperationalError } from "../operational-error.ts";
import { openSafetensors, type WeightsFile } from "./safetensors.ts";
import { openShards } from "./sharded-weights.ts";

/** Opens the folder's weights; the caller closes them. */
export function openCheckpoint(folder: string): WeightsFile {
  const file = path.join(folder, "model.safetensors");
  if (existsSync(file)) return openSafetensors(file);
  if (existsSync(`${file}.index.json`)) return openShards(`${file}.index.json`);
  const reason =
    "there is no model.safetensors and no model.safetensors.index.json in it (weights in other formats must be " +
    "converted first)";
  throw new OperationalError(`${folder}: ${existsSync(folder) ? reason : "no such folder"}`);
}

/**
 * Checks that a file holds exactly the tensors an architecture has, each in its shape. `tolerated` may be there or not,
 * but only in the shape given.
 */
export function expectTensors(
  file: WeightsFile,
  expected: ReadonlyMap<string, readonly number[]>,
  tolerated: ReadonlyMap<string, readonly number[]> = new Map(),
): void {
  const wanted = `the architecture in config.json has ${expected.size} tensors, the file ${file.tensors.size}`;
  const missing = [...expected.keys()].filter((name) => !file.tensors.has(name));
  if (missing.length > 0) {
    throw new OperationalError(`${file.path}: missing ${listed(missing)}; ${wanted}`);
  }
  const unexpected = [...file.tensors.keys()].filter((name) => !expected.has(name) && !tolerated.has(name));
  if (unexpected.length > 0) {
    throw new OperationalError(`${file.path}: unexpected ${listed(unexpected)}; ${wanted}`);
  }
  for (const [name, { shape }] of file.tensors) {
    const right = expected.get(name) ?? tolerated.get(name) ?? [];
    if (shape.join() !== right.join()) {
      throw new OperationalError(
        `${file.path}: tensor ${name} is [${shape.join(", ")}], config.json makes it [${right.join(", ")}]`,
      );
    }
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `tensors ${shown} and ${names.length - 3} more` : `tensor ${shown}`;
}

/** Whether two tensors of one shape hold the same numbers. */
export function sameValues(file: WeightsFile, name: string, other: string): boolean {
  const [a, b] = [file.read(name).data, file.read(other).data];
  return a.every((value, i) => value === b[i]);
}

/** What to call the model in a folder: of the Hugging Face cache "owner/name", which its path holds, else the folder's own name. */
export function modelName(folder: string): string {
  const parts = path.resolve(folder).split(path.sep);
  const [, name] = /^models--(.+)$/.exec(parts.at(-3) ?? "") ?? [];
  if (name !== undefined && parts.at(-2) === "snapshots") return name.replaceAll("--", "/");
  return parts.at(-1) ?? "";
}

/** SHA-256 of the bytes of the files, one after the other, hex. */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
