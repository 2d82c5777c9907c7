// Reads a JSON file that holds one object.

import { readFileSync } from "node:fs";
import { messageOf, OperationalError, unreadable } from "../operational-error.ts";

/** Throws an OperationalError naming the file when it is missing, unreadable or something else. */
export function readJsonObject(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OperationalError(`${file} is not JSON: ${messageOf(error)}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new OperationalError(`${file} must hold one JSON object`);
}
