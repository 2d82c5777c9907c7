// A text with fields of the rows in braces.

import type { Expression } from "../syntax/ast.ts";
import { text } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";

const fieldPattern = /\{([^{}]+)\}/g;

/** The field names in a template's braces, in order. */
export function fieldsOf(input: string): readonly string[] {
  return [...input.matchAll(fieldPattern)].map((match) => (match[1] ?? "").trim());
}

/** A text with at least one field in braces. */
export function template(expression: Expression, context: Context, name: string): string | undefined {
  const value = text(expression, context, name);
  if (value === undefined) return undefined;
  const place = placeOf(context, expression);
  const fields = fieldsOf(value);
  if (fields.length === 0) context.found.report("program/template-no-field", place, { example: '"{text}"' });
  for (const field of new Set(fields)) {
    const times = fields.filter((each) => each === field).length;
    if (times > 1) context.found.report("program/template-repeats", place, { field: `{${field}}`, times });
  }
  const [brace] = /[{}]/.exec(value.replaceAll(fieldPattern, "")) ?? [];
  if (brace && fields.length > 0) {
    const example = `{${fields[0]}}`;
    context.found.report("program/template-brace", place, { brace, example });
  }
  return fields.length > 0 ? value : undefined;
}
