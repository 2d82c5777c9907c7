// Weights split over several .safetensors files, and the index that says which tensor lies in which.

import path from "node:path";
import { OperationalError } from "../operational-error.ts";
import { readJsonObject } from "./json-file.ts";
import { openSafetensors, type SafetensorsFile, type StoredTensor, type WeightsFile } from "./safetensors.ts";

/**
 * Opens every shard that `model.safetensors.index.json` names; the caller closes them together. Throws an OperationalError
 * when a shard is missing or unsound, when a tensor is not where the index says, and when a shard holds one that the
 * index does not give to it.
 */
export function openShards(index: string): WeightsFile {
  const places = readPlaces(index);
  const shards = new Map<string, SafetensorsFile>();
  const close = () => {
    for (const shard of shards.values()) shard.close();
  };
  try {
    for (const name of [...new Set(places.values())].sort()) {
      shards.set(name, openSafetensors(path.join(path.dirname(index), name)));
    }
    return { ...shardedFile(index, places, shards), close };
  } catch (error) {
    close();
    throw error;
  }
}

function shardedFile(
  index: string,
  places: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, SafetensorsFile>,
): Omit<WeightsFile, "close"> {
  for (const [name, shard] of shards) {
    const stray = [...shard.tensors.keys()].find((tensor) => places.get(tensor) !== name);
    if (stray === undefined) continue;
    const where = places.get(stray) ?? "no file";
    throw new OperationalError(`${shard.path} holds tensor ${stray}, which ${index} places in ${where}`);
  }
  const shardOf = (tensor: string): SafetensorsFile => {
    const shard = shards.get(places.get(tensor) ?? "");
    if (shard === undefined)
      throw new OperationalError(`${index}: there is no tensor ${tensor} in these files`);
    return shard;
  };
  const tensors = new Map<string, StoredTensor>();
  for (const name of places.keys()) {
    const shard = shardOf(name);
    const tensor = shard.tensors.get(name);
    if (tensor === undefined) {
      throw new OperationalError(`${shard.path} has no tensor ${name}, which ${index} places there`);
    }
    tensors.set(name, tensor);
  }
  return {
    path: index,
    files: [...shards.values()].map((shard) => shard.path),
    tensors,
    read: (name) => shardOf(name).read(name),
    readBytes: (name, target) => shardOf(name).readBytes(name, target),
  };
}

/** The file of each tensor; a file lies in the folder of the index, whatever its name says. */
function readPlaces(index: string): ReadonlyMap<string, string> {
  const { weight_map: places } = readJsonObject(index);
  if (typeof places !== "object" || places === null || Array.isArray(places)) {
    throw new OperationalError(`${index}: weight_map is missing (the file of each tensor)`);
  }
  const found = new Map<string, string>();
  for (const [tensor, file] of Object.entries(places)) {
    if (typeof file !== "string" || path.basename(file) !== file || !file.endsWith(".safetensors")) {
      throw new OperationalError(
        `${index}: tensor ${tensor} is placed in ${JSON.stringify(file)}, which is no .safetensors file beside it`,
      );
    }
    found.set(tensor, file);
  }
  return found;
}
