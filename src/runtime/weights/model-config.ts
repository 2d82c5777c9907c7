// config.json of a Hugging Face model folder, field by field.

import path from "node:path";
import { OperationalError } from "../operational-error.ts";
import { readJsonObject } from "./json-file.ts";

/** Reads fields of one config.json; every error names the file and the field. */
export interface ModelConfig {
  readonly path: string;
  /** A whole number of at least 1. */
  count(field: string, otherwise?: number): number;
  /** A token id: a whole number of at least 0. */
  id(field: string, otherwise?: number): number;
  /** A number above 0. */
  number(field: string, otherwise?: number): number;
  text(field: string, otherwise?: string): string;
  flag(field: string, otherwise?: boolean): boolean;
  /** One token id or several. */
  ids(field: string): readonly number[];
  /** An object inside the file; undefined where there is none. */
  section(field: string): ModelConfig | undefined;
}

export function readModelConfig(folder: string): ModelConfig {
  const file = path.join(folder, "config.json");
  return readFields(file, readJsonObject(file));
}

function readFields(file: string, fields: Readonly<Record<string, unknown>>): ModelConfig {
  const field = <T>(
    name: string,
    otherwise: T | undefined,
    wanted: string,
    is: (value: unknown) => value is T,
  ): T => {
    const value = fields[name] ?? otherwise;
    if (value === undefined) throw new OperationalError(`${file}: field ${name} is missing (${wanted})`);
    if (is(value)) return value;
    throw new OperationalError(`${file}: field ${name} is ${JSON.stringify(value)}, but must be ${wanted}`);
  };
  const numeric =
    (accepts: (value: number) => boolean) =>
    (value: unknown): value is number =>
      typeof value === "number" && accepts(value);
  const atLeast = (least: number) => numeric((value) => Number.isSafeInteger(value) && value >= least);
  return {
    path: file,
    count: (name, otherwise) => field(name, otherwise, "a whole number of at least 1", atLeast(1)),
    id: (name, otherwise) => field(name, otherwise, "a token id", atLeast(0)),
    number: (name, otherwise) =>
      field(
        name,
        otherwise,
        "a number above 0",
        numeric((value) => value > 0),
      ),
    text: (name, otherwise) => field(name, otherwise, "a text", (value) => typeof value === "string"),
    ids: (name) => {
      const value = fields[name];
      if (!Array.isArray(value)) return [field(name, undefined, "a token id", atLeast(0))];
      return value.map((id) => (atLeast(0)(id) ? id : field(name, undefined, "token ids", atLeast(0))));
    },
    section: (name) => {
      const value = fields[name];
      return isSection(value) ? readFields(file, value) : undefined;
    },
    flag: (name, otherwise) => field(name, otherwise, "true or false", (value) => typeof value === "boolean"),
  };
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
