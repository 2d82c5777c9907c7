// adapter_config.json of PEFT and of the DePT authors' code: the few fields that fix which tensors there are.

import { OperationalError } from "../runtime/operational-error.ts";
import { readJsonObject } from "../runtime/weights/json-file.ts";

/** The configuration with everything it holds, and a reading of its fields that names the file when one is wrong. */
export interface AdapterConfig {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** `peft_type` */
  readonly method: string;
  readonly base: string | undefined;
}

/** Throws an OperationalError when the file is missing, no JSON object, or says no method. */
export function readAdapterConfig(path: string): AdapterConfig {
  const fields = readJsonObject(path);
  const method = fields["peft_type"];
  if (typeof method !== "string") throw new OperationalError(`${path}: no peft_type says what was trained`);
  const base = fields["base_model_name_or_path"];
  return { path, fields, method, base: typeof base === "string" ? base : undefined };
}

/** A positive whole number. Throws an OperationalError naming file and field. */
export function countOf({ path, fields }: AdapterConfig, field: string): number {
  const value = fields[field];
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new OperationalError(
    `${path}: ${field} must be a positive whole number, not ${JSON.stringify(value)}`,
  );
}

/** Names of modules, from a list or one text; undefined where it is a pattern or left out. */
export function modulesOf({ fields }: AdapterConfig, field: string): readonly string[] | undefined {
  const value = fields[field];
  if (!Array.isArray(value)) return undefined;
  return value.filter((name): name is string => typeof name === "string");
}
