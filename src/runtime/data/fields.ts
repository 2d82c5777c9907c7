// A row's fields as text: filled into a template, or looked up as a label.

import { OperationalError } from "../operational-error.ts";
import type { SourceRow } from "./source.ts";

/** The template with each `{field}` replaced by the row's text. */
export function fillTemplate(template: string, row: SourceRow): string {
  return template.replaceAll(/\{([^{}]+)\}/g, (_, field: string) => fieldText(row, field.trim()));
}

/** The field's value as text. Throws an OperationalError when it is missing or is not text, a number, true or false. */
export function fieldText({ fields, place }: SourceRow, field: string): string {
  if (!Object.hasOwn(fields, field)) {
    const others = Object.keys(fields).join(", ");
    throw new OperationalError(
      `${place}: no field "${field}"; this row has ${others === "" ? "none" : others}`,
    );
  }
  const value = fields[field];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value);
  throw new OperationalError(
    `${place}: field "${field}" is ${kindOf(value)}; it must be text, a number, true or false`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : "an object";
}
