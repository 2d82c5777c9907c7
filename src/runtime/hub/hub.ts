// Checkpoints of the Hugging Face Hub: found in this machine's cache, or fetched into it.

import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { OperationalError, reportOperationalErrors } from "../operational-error.ts";
import { scriptOptions } from "../options.ts";
import { readJsonObject } from "../weights/json-file.ts";
import { type HubSettings, hubSettings } from "./hub-settings.ts";
import type { RemoteFile } from "./download.ts";
import { cachedSnapshot, fetchFiles, type Listing, listRepository } from "./repository.ts";

/**
 * `await hub("google-t5/t5-base")`: the folder of the repository's `main` revision in the standard cache. What the cache
 * has is used as it stands; what it lacks is fetched and checked. Throws an OperationalError when that cannot be done.
 */
export async function hub(repository: string): Promise<URL> {
  scriptOptions(); // --help and a misspelt option answer before anything is fetched
  return pathToFileURL(`${await fetchModel(repository)}/`);
}

/** The same without the weights: what it takes to turn text into tokens. */
export async function hubTokenizer(repository: string): Promise<URL> {
  reportOperationalErrors();
  return pathToFileURL(`${await fetchTokenizer(repository)}/`);
}

const index = "model.safetensors.index.json";

/** `hub`, told where the Hub and the cache are; returns the folder's path. */
export async function fetchModel(id: string, settings: HubSettings = hubSettings()): Promise<string> {
  const repository = { kind: "models", id, revision: "main" } as const;
  const cached = cachedSnapshot(repository, settings);
  if (cached !== undefined && isWhole(cached)) return cached;
  const listing = await listRepository(repository, settings);
  const listed = (names: readonly string[]) => listing.files.filter((file) => names.includes(file.path));
  const small = smallFiles(listing);
  const single = listed(["model.safetensors"]);
  if (single.length === 0 && listed([index]).length === 0) {
    throw new OperationalError(
      `${id} has no model.safetensors on the Hub (weights in other formats must be converted first)`,
    );
  }
  const first = single.length > 0 ? single : listed([index]);
  const snapshot = await fetchFiles(listing, [...small, ...first], settings);
  if (single.length > 0) return snapshot;
  const shards = shardsOf(snapshot);
  const missing = shards.find((shard) => listed([shard]).length === 0);
  if (missing !== undefined)
    throw new OperationalError(`${id}: ${index} names ${missing}, which is not there`);
  return fetchFiles(listing, listed(shards), settings);
}

/** `hubTokenizer`, told where the Hub and the cache are; returns the folder's path. */
export async function fetchTokenizer(id: string, settings: HubSettings = hubSettings()): Promise<string> {
  const repository = { kind: "models", id, revision: "main" } as const;
  const cached = cachedSnapshot(repository, settings);
  if (cached !== undefined && hasTokenizer(cached)) return cached;
  const listing = await listRepository(repository, settings);
  return fetchFiles(listing, smallFiles(listing), settings);
}

/** All but the weights. Throws an OperationalError where one that is needed is not there. */
function smallFiles({ repository, files }: Listing): readonly RemoteFile[] {
  for (const name of ["config.json", "tokenizer.json"])
    if (!files.some((file) => file.path === name))
      throw new OperationalError(`${repository.id} has no ${name} on the Hub`);
  return files.filter((file) =>
    ["config.json", "tokenizer.json", "tokenizer_config.json"].includes(file.path),
  );
}

function hasTokenizer(snapshot: string): boolean {
  return ["config.json", "tokenizer.json"].every((name) => existsSync(path.join(snapshot, name)));
}

/** Whether everything a run reads is there, however it came. */
function isWhole(snapshot: string): boolean {
  const has = (name: string) => existsSync(path.join(snapshot, name));
  if (!hasTokenizer(snapshot)) return false;
  return has("model.safetensors") || (has(index) && shardsOf(snapshot).every(has));
}

function shardsOf(snapshot: string): string[] {
  const { weight_map: map } = readJsonObject(path.join(snapshot, index));
  const names = typeof map === "object" && map !== null ? Object.values(map) : [];
  return [...new Set(names.filter((name) => typeof name === "string"))];
}
