// What our adapter's file says of itself, in its metadata and in the adapter.json beside it.

import { OperationalError } from "../runtime/operational-error.ts";
import { manifestFormat } from "../runtime/adapters/manifest-format.ts";
import type { Initialiser } from "../runtime/prompts/initialisers.ts";

export interface DeclaredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Constants have none. */
  readonly group?: string;
  readonly initialiser?: Initialiser;
}

export interface DeclaredBackbone {
  readonly name: string;
  readonly architecture: string;
  readonly width: number;
  /** Null where the adapter came from elsewhere and nobody said. */
  readonly sha256: string | null;
}

export interface OwnManifest {
  readonly name: string;
  readonly spec: string;
  readonly step: number;
  readonly seed: number | undefined;
  readonly maxTokens: number | undefined;
  readonly trained: number;
  readonly tensors: readonly DeclaredTensor[];
  readonly constants: readonly DeclaredTensor[];
  readonly backbone: DeclaredBackbone;
}

export function isOwn(metadata: Readonly<Record<string, string>>): boolean {
  return metadata["format"] === manifestFormat;
}

/** Throws an OperationalError naming the file when an entry is missing or no JSON; runs of dept 0.0 kept fewer. */
export function readOwnManifest(path: string, metadata: Readonly<Record<string, string>>): OwnManifest {
  const read = (key: string): unknown => {
    try {
      return JSON.parse(metadata[key] ?? "");
    } catch {
      throw new OperationalError(
        `${path}: its metadata has no readable ${key}; it may be older than this reader`,
      );
    }
  };
  const optional = (key: string) => (metadata[key] === undefined ? undefined : Number(metadata[key]));
  return {
    name: metadata["name"] ?? "",
    spec: metadata["spec"] ?? "",
    step: Number(metadata["step"]),
    seed: optional("seed"),
    maxTokens: optional("max_tokens"),
    trained: Number(read("trained")),
    tensors: declared(path, "tensors", read("tensors")),
    constants: declared(path, "constants", read("constants")),
    backbone: read("backbone") as DeclaredBackbone,
  };
}

function declared(path: string, key: string, value: unknown): readonly DeclaredTensor[] {
  const sound = (each: unknown): each is DeclaredTensor => {
    const { name, shape } = (each ?? {}) as Record<string, unknown>;
    return typeof name === "string" && Array.isArray(shape) && shape.every(Number.isSafeInteger);
  };
  if (Array.isArray(value) && value.every(sound)) return value;
  throw new OperationalError(`${path}: ${key} in its metadata must list tensors by name and shape`);
}
