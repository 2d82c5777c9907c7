// Writes what was learned: the adapter and its manifest.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { RunFolder } from "../train/run-folder.ts";
import type { RunRecord } from "../train/run-record.ts";
import { writeSafetensors } from "../weights/write-safetensors.ts";
import { type AdapterRecord, manifestOf, metadataOf } from "./manifest.ts";
import { foldedFormat } from "./manifest-format.ts";
import type { Folded } from "./fold.ts";
import { writeWholeFile } from "./whole-file.ts";

/** Writes adapter.safetensors with `values`, by tensor name; a constant that the seed brings back is left out. */
export function saveAdapter(
  folder: RunFolder,
  record: AdapterRecord,
  values: ReadonlyMap<string, Float32Array>,
): void {
  const stored = [...record.tensors, ...record.constants.filter(({ redrawn }) => !redrawn)];
  const tensors = stored.map(({ name, shape }) => [name, { shape, data: values.get(name) ?? missing(name) }]);
  writeSafetensors(folder.adapter, Object.fromEntries(tensors), metadataOf(record));
}

function missing(name: string): never {
  throw new Error(`no values for tensor ${name}`);
}

/** Writes folded.safetensors, which says which adapter it was made from. */
export function saveFolded(folder: RunFolder, { name, spec, kept }: RunRecord, folded: Folded): void {
  const metadata = { format: foldedFormat, name, spec, step: String(kept.step) };
  writeSafetensors(folder.folded, { ...folded }, metadata);
}

/** Writes adapter.json about the adapter that lies beside it. */
export function saveManifest(folder: RunFolder, record: RunRecord): void {
  const bytes = readFileSync(folder.adapter);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const manifest = manifestOf(record, { name: path.basename(folder.adapter), bytes: bytes.length, sha256 });
  writeWholeFile(folder.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
}
