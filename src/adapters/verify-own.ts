// Our own adapter: its metadata, the adapter.json beside it and its tensors must all say the same.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type SeededInitialiser, seededValues } from "../runtime/prompts/initial-values.ts";
import { followsFromSeed, type Initialiser } from "../runtime/prompts/initialisers.ts";
import { readJsonObject } from "../runtime/weights/json-file.ts";
import { checkFinite, checkNames, lastRowsUnmoved } from "./check-tensors.ts";
import { type DeclaredTensor, type OwnManifest, readOwnManifest } from "./own-manifest.ts";
import type { HeldTensor, TensorFile } from "./tensor-file.ts";
import { type Finding, sizeOf, type Verification } from "./verification.ts";

/** Throws an OperationalError for metadata or an adapter.json that cannot be read. */
export function verifyOwn(path: string, file: TensorFile): Verification {
  const manifest = readOwnManifest(file.path, file.metadata);
  const { name, trained, backbone, tensors, constants } = manifest;
  const findings = [
    ...checkNames([...tensors, ...constants], file.tensors),
    ...checkFinite(file.tensors),
    ...checkCount(manifest),
    ...checkSpec(manifest),
    ...tensors.flatMap((tensor) => checkTrained(tensor, manifest, file.tensors.get(tensor.name))),
    ...checkBeside(file, manifest),
  ];
  return { path, format: "dept", method: name, base: backbone.name, trained, weights: true, findings };
}

function checkCount({ tensors, trained }: OwnManifest): readonly Finding[] {
  const count = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count === trained) return [];
  return [
    {
      kind: "false",
      text: `its tensors hold ${count} numbers; the budget it was planned with is ${trained}`,
    },
  ];
}

function checkSpec({ spec }: OwnManifest): readonly Finding[] {
  if (/^sha256:[0-9a-f]{64}$/.test(spec)) return [];
  return [{ kind: "false", text: `its spec is ${JSON.stringify(spec)}, which is no hash of a plan` }];
}

/** Compares a tensor with what it began as, where the seed brings that back. */
function checkTrained(
  { name, shape, initialiser }: DeclaredTensor,
  { step, seed }: OwnManifest,
  held: HeldTensor | undefined,
): readonly Finding[] {
  if (!held || !initialiser || seed === undefined || step === 0 || held.values.length !== sizeOf(shape))
    return [];
  if (!isSeeded(initialiser)) return [];
  const began = seededValues(name, { ...initialiser, shape } as typeof initialiser, seed);
  const width = held.values.length / (shape[0] ?? 1);
  const moved = (row: number) =>
    held.values
      .subarray(row * width, (row + 1) * width)
      .some((value, at) => value !== began[row * width + at]);
  const rows = lastRowsUnmoved(name, shape[0] ?? 1, moved);
  if (rows === undefined) return [];
  if (held.values.every((value, at) => value === began[at])) {
    return [{ kind: "false", text: `${name} is what it began as: it was never trained` }];
  }
  return [{ kind: "note", text: `${rows} ${rows.startsWith("rows") ? "were" : "was"} never trained` }];
}

function isSeeded(initialiser: Initialiser): initialiser is SeededInitialiser {
  return followsFromSeed(initialiser);
}

/** An adapter travels alone or with its adapter.json; where that is there, it must be about this file. */
function checkBeside(file: TensorFile, manifest: OwnManifest): readonly Finding[] {
  const beside = join(dirname(file.path), "adapter.json");
  if (!existsSync(beside)) return [];
  const json = readJsonObject(beside);
  const sha256 = createHash("sha256").update(readFileSync(file.path)).digest("hex");
  const described = (json["adapter"] ?? {}) as Record<string, unknown>;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["name", json["name"], manifest.name],
    ["spec", json["spec"], manifest.spec],
    ["trained", json["trained"], manifest.trained],
    ["backbone", json["backbone"], manifest.backbone],
    ["tensors", json["tensors"], manifest.tensors],
    ["adapter.sha256", described["sha256"], sha256],
  ];
  return pairs.flatMap(([field, said, is]): Finding[] => {
    if (JSON.stringify(said) === JSON.stringify(is)) return [];
    return [{ kind: "false", text: `${field} in adapter.json is not what the adapter's file has` }];
  });
}
