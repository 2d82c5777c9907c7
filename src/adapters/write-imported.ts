// Writes an imported adapter as one of ours: adapter.safetensors with its metadata, and folded.safetensors.

import { join } from "node:path";
import { foldedFormat, manifestFormat } from "../runtime/adapters/manifest-format.ts";
import { writeSafetensors } from "../runtime/weights/write-safetensors.ts";
import { foldImported, type ImportedAdapter } from "./imported-adapter.ts";
import { sizeOf } from "./verification.ts";

/** `spec` is the hash of the plan that the written program has. The backbone's own hash is not known here. */
export function writeImported(folder: string, name: string, spec: string, adapter: ImportedAdapter): void {
  const { tensors, base, width, rows } = adapter;
  const groups: Readonly<Record<string, string>> = { P: "prompt", A: "pair", B: "pair" };
  const declared = Object.entries(tensors).map(([tensor, { shape }]) => {
    return { name: tensor, shape, group: groups[tensor] };
  });
  const identity = { name, spec, step: "0" };
  writeSafetensors(join(folder, "adapter.safetensors"), tensors, {
    ...identity,
    format: manifestFormat,
    values: "imported",
    ...(rows === undefined ? {} : { max_tokens: String(rows) }),
    trained: String(declared.reduce((sum, { shape }) => sum + sizeOf(shape), 0)),
    tensors: JSON.stringify(declared),
    constants: "[]",
    backbone: JSON.stringify({ name: base, architecture: "t5", width, sha256: null }),
  });
  const folded = foldImported(adapter);
  writeSafetensors(join(folder, "folded.safetensors"), { ...folded }, { ...identity, format: foldedFormat });
}
