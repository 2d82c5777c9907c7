// First values out of adapters that were trained before.

import { fileURLToPath } from "node:url";
import { OperationalError } from "../operational-error.ts";
import { openSafetensors } from "../weights/safetensors.ts";
import type { Initialiser } from "./initialisers.ts";

/** Throws an OperationalError that names the file when it is not there, lacks the tensor, or holds another shape. */
export function adapterValues({
  files,
  tensor,
  shape,
}: Extract<Initialiser, { kind: "adapter" }>): Float32Array {
  const parts = files.map((file) => {
    const open = openSafetensors(pathOf(file));
    try {
      return { path: open.path, ...open.read(tensor) };
    } finally {
      open.close();
    }
  });
  const [rows = 1, ...rest] = shape;
  const found = parts.reduce((sum, part) => sum + (part.shape[0] ?? 1), 0);
  const stranger = parts.find((part) => part.shape.slice(1).join() !== rest.join());
  if (stranger || found !== rows || parts.some((part) => part.shape.length !== shape.length)) {
    const described = parts.map((part) => `${part.path}: tensor ${tensor} is [${part.shape.join(", ")}]`);
    const below = parts.length > 1 ? ", one below the other" : "";
    throw new OperationalError(`${described.join("\n")}\nthe method declares [${shape.join(", ")}]${below}`);
  }
  const values = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of parts) {
    values.set(data, at);
    at += data.length;
  }
  return values;
}

function pathOf(file: string | URL): string {
  return file instanceof URL ? fileURLToPath(file) : file;
}
