// Which adapters a path names: a file, the folder of one, or a folder of such folders.

import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { OperationalError, unreadable } from "../runtime/operational-error.ts";

/** One adapter's files; at least one of the two is there. */
export interface AdapterPlace {
  /** As a person would name it. */
  readonly path: string;
  readonly config: string | undefined;
  readonly weights: string | undefined;
}

const weightNames = ["adapter_model.safetensors", "adapter_model.bin", "adapter.safetensors"];

/** As deep as runs lie: runs/family/member/1. */
const deepest = 4;

/** In the order of their names. Throws an OperationalError when there is nothing at `path` or no adapter in it. */
export function findAdapters(path: string): readonly AdapterPlace[] {
  if (!isFolder(path)) return [placeOfFile(path)];
  const places = placesBelow(path, deepest);
  if (places.length > 0) return places;
  throw new OperationalError(
    `${path} holds no adapter: there is no ${weightNames.join(", ")} or adapter_config.json in it or up to ${deepest} folders below`,
  );
}

function placesBelow(folder: string, depth: number): readonly AdapterPlace[] {
  const own = placeOfFolder(folder);
  if (own) return [own];
  if (depth === 0) return [];
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = inside.map(({ name }) => name).filter((name) => name !== "node_modules");
  return names
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap((name) => placesBelow(join(folder, name), depth - 1));
}

/** The one adapter that a path names. Throws an OperationalError when it names none or several. */
export function findAdapter(path: string): AdapterPlace {
  const [only, other] = findAdapters(path);
  if (only && !other) return only;
  throw new OperationalError(`${path} holds several adapters; name one of them`);
}

function placeOfFile(path: string): AdapterPlace {
  if (path.endsWith(".json")) {
    const place = placeOfFolder(dirname(path));
    if (place) return { ...place, path };
  }
  const config = join(dirname(path), "adapter_config.json");
  const isTheirs = /adapter_model\.(bin|safetensors)$/.test(path);
  return { path, config: isTheirs && existsSync(config) ? config : undefined, weights: path };
}

function placeOfFolder(path: string): AdapterPlace | undefined {
  const present = (name: string) => (existsSync(join(path, name)) ? join(path, name) : undefined);
  const config = present("adapter_config.json");
  const weights = weightNames.map(present).find((file) => file !== undefined);
  return config === undefined && weights === undefined ? undefined : { path, config, weights };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}
