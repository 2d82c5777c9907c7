// A row's fields as text: filled into a template, or looked up as a label.

import { OperationalError } from "../operational-error.ts";
import type { SourceRow } from "./source.ts";

/** The template with each `{field}` replaced by the row's text. */
export function fillTemplate(template: string, row: SourceRow): string {
  return template.replaceAll(fieldPattern, (_, field: string) => fieldText(row, field.trim()));
}

const fieldPattern = /\{([^{}]+)\}/g;

/** The template's fields that hold a list in this row. */
export function listFields(
  template: string,
  { fields }: SourceRow,
): readonly { readonly name: string; readonly items: readonly unknown[] }[] {
  const names = [...template.matchAll(fieldPattern)].map((match) => (match[1] ?? "").trim());
  return names.flatMap((name) => {
    const items = valueAt(fields, name);
    return Array.isArray(items) ? [{ name, items }] : [];
  });
}

/** The field of that name, or with dots in the name what is at that place in a field: `answers.text`. */
function valueAt(fields: SourceRow["fields"], name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  return name.split(".").reduce<unknown>((value, part) => {
    const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, part);
    return isThere ? (value as Readonly<Record<string, unknown>>)[part] : undefined;
  }, fields);
}

/** The field's value as text. Throws an OperationalError when it is missing or is not text, a number, true or false. */
export function fieldText({ fields, place }: SourceRow, field: string): string {
  const value = valueAt(fields, field);
  if (value === undefined) {
    const others = Object.keys(fields).join(", ");
    throw new OperationalError(
      `${place}: no field "${field}"; this row has ${others === "" ? "none" : others}`,
    );
  }
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
