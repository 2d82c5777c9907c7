// The tensors of an adapter's file, whichever of the two formats it is in.

import { openSafetensors } from "../runtime/weights/safetensors.ts";
import { readTorchFile } from "../runtime/weights/torch-file.ts";

export interface HeldTensor {
  readonly shape: readonly number[];
  /** As the file's format writes it: `F32`, or torch's `float32`. */
  readonly dtype: string;
  readonly values: Float32Array;
}

export interface TensorFile {
  readonly path: string;
  /** Of safetensors; torch.save has none. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, HeldTensor>;
}

/** Reads `.safetensors`, and everything else as a file of torch.save. Throws an OperationalError that names the file. */
export function readTensorFile(path: string): TensorFile {
  if (!path.endsWith(".safetensors")) return { path, metadata: {}, tensors: readTorchFile(path) };
  const file = openSafetensors(path);
  try {
    const tensors = new Map<string, HeldTensor>();
    for (const [name, { dtype, shape }] of file.tensors) {
      tensors.set(name, { dtype, shape, values: file.read(name).data });
    }
    return { path, metadata: file.metadata, tensors };
  } finally {
    file.close();
  }
}
