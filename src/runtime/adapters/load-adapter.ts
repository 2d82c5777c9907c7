// An adapter that was saved before, read back for the very plan it was trained by.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { messageOf, OperationalError, unreadable } from "../operational-error.ts";
import { readSafetensors, type TensorValues } from "../weights/safetensors.ts";
import { manifestFormat } from "./manifest-format.ts";

/** What the adapter must have been trained by and on. */
export interface AdapterOwner {
  readonly spec: string;
  readonly backbone: { readonly identity: { readonly name: string; readonly sha256: string } };
}

interface Manifest {
  readonly format?: unknown;
  readonly spec?: unknown;
  readonly adapter?: { readonly sha256?: unknown };
  readonly backbone?: { readonly name?: unknown; readonly sha256?: unknown };
}

/**
 * The tensors of a run's folder or of the `.safetensors` file in it. Throws an OperationalError when the manifest beside it
 * is of another format, plan or backbone, and when the file is not the one that it describes.
 */
export function loadAdapter(place: string, owner: AdapterOwner): Readonly<Record<string, TensorValues>> {
  const isFolder = existsSync(place) && statSync(place).isDirectory();
  const file = isFolder ? path.join(place, "adapter.safetensors") : place;
  const manifestFile = file.replace(/\.safetensors$/, ".json");
  const { format, spec, adapter, backbone } = readManifest(manifestFile);
  const { identity } = owner.backbone;
  const refuse = (what: string, its: unknown, ours: string): never => {
    throw new OperationalError(
      `${manifestFile}: ${what}\n  the adapter's  ${String(its)}\n  this script's  ${ours}`,
    );
  };
  if (format !== manifestFormat) refuse("this is no manifest of the known format", format, manifestFormat);
  if (spec !== owner.spec) refuse("the adapter was trained by another plan", spec, owner.spec);
  if (backbone?.sha256 !== identity.sha256) {
    const ours = `${identity.name}, ${identity.sha256}`;
    refuse("the adapter was trained on another backbone", `${backbone?.name}, ${backbone?.sha256}`, ours);
  }
  const digest = createHash("sha256").update(readBytes(file)).digest("hex");
  if (digest !== adapter?.sha256) {
    throw new OperationalError(
      `${file} is not the file that ${manifestFile} describes: its hash is ${digest}`,
    );
  }
  return readSafetensors(file).tensors;
}

function readManifest(file: string): Manifest {
  const text = readBytes(file).toString("utf8");
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw new OperationalError(`${file} is not JSON: ${messageOf(error)}`);
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}
