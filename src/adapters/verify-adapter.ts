// Whether a file holds what its configuration trained, whoever wrote it.

import { OperationalError } from "../runtime/operational-error.ts";
import { readAdapterConfig } from "./adapter-config.ts";
import type { AdapterPlace } from "./find-adapters.ts";
import { isOwn } from "./own-manifest.ts";
import { readTensorFile } from "./tensor-file.ts";
import type { Verification } from "./verification.ts";
import { authorsMethod, verifyAuthors } from "./verify-authors.ts";
import { verifyOwn } from "./verify-own.ts";
import { verifyPeft } from "./verify-peft.ts";

/** Throws an OperationalError for files that are missing or damaged, and for weights that nothing describes. */
export function verifyAdapter({ path, config, weights }: AdapterPlace): Verification {
  const file = weights === undefined ? undefined : readTensorFile(weights);
  if (file && isOwn(file.metadata)) return verifyOwn(path, file);
  if (config === undefined) {
    throw new OperationalError(
      `${path}: nothing says what it should hold: no metadata of dept in it and no adapter_config.json beside it`,
    );
  }
  const read = readAdapterConfig(config);
  return read.method === authorsMethod ? verifyAuthors(path, read, file) : verifyPeft(path, read, file);
}
