// Diagnostics for programs to read: the shape that `dept check --json` prints, described in docs/checks.md.

import { positionAt } from "../source/source-text.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";

/** Names are stable; new ones may be added. A name that is removed or changes its meaning raises `version`. */
export function diagnosticsAsJson(files: readonly string[], diagnostics: readonly Diagnostic[]): object {
  const count = (severity: Diagnostic["severity"]) =>
    diagnostics.filter((each) => each.severity === severity).length;
  return {
    version: 1,
    files,
    errors: count("error"),
    warnings: count("warning"),
    diagnostics: diagnostics.map(diagnosticAsJson),
  };
}

function diagnosticAsJson({ code, severity, message, place, related, help, fixes }: Diagnostic): object {
  return {
    code,
    severity,
    message,
    ...placeAsJson(place),
    related: related.map((each) => ({ message: each.message, ...placeAsJson(each.place) })),
    help: help ?? null,
    fixes: fixes.map(({ title, safe, edits }) => ({
      title,
      safe: safe ?? false,
      edits: edits.map((edit) => ({ ...placeAsJson(edit.place), text: edit.text })),
    })),
  };
}

/** Lines and columns count from 1, offsets from 0; the end is the first place that is no longer meant. */
function placeAsJson({ source, span }: Place): object {
  const at = (offset: number) => ({ ...positionAt(source, offset), offset });
  return { path: source.path, start: at(span.start), end: at(span.end) };
}
