// Safe fixes applied to the texts they belong to.

import type { SourceText } from "../source/source-text.ts";
import { type Diagnostic, type Fix, type Place, samePlace } from "./diagnostic.ts";

/** A file with the fixes that change it. */
export interface FixedText {
  readonly source: SourceText;
  readonly text: string;
  readonly applied: readonly { readonly diagnostic: Diagnostic; readonly fix: Fix }[];
}

/**
 * The first safe fix of each diagnostic, where all of its edits are free: edits never overlap, the earlier one wins,
 * and the same edit asked for twice is made once. A fix is applied whole or not at all.
 */
export function applyFixes(
  diagnostics: readonly Diagnostic[],
  mayChange: (path: string) => boolean,
): readonly FixedText[] {
  const edits = new Map<string, Fix["edits"][number][]>();
  const applied = new Map<SourceText, { readonly diagnostic: Diagnostic; readonly fix: Fix }[]>();
  for (const diagnostic of diagnostics) {
    const fix = diagnostic.fixes.find(({ safe }) => safe);
    if (!fix?.edits.every(({ place }) => mayChange(place.source.path) && isFree(place, edits))) continue;
    for (const edit of fix.edits) {
      const { path } = edit.place.source;
      edits.set(path, [...(edits.get(path) ?? []), edit]);
    }
    for (const source of new Set(fix.edits.map(({ place }) => place.source)))
      applied.set(source, [...(applied.get(source) ?? []), { diagnostic, fix }]);
  }
  return [...applied].map(([source, fixes]) => ({
    source,
    text: edited(source.text, edits.get(source.path) ?? []),
    applied: fixes,
  }));
}

/** Edits that touch count as overlapping: which of them comes first would be a guess. */
function isFree(place: Place, edits: ReadonlyMap<string, Fix["edits"]>): boolean {
  const { start, end } = place.span;
  return (edits.get(place.source.path) ?? []).every(
    (other) =>
      !samePlace(other.place, place) && (other.place.span.end < start || end < other.place.span.start),
  );
}

function edited(text: string, edits: Fix["edits"]): string {
  return [...edits]
    .sort((a, b) => b.place.span.start - a.place.span.start)
    .reduce((whole, { place, text: written }) => {
      return whole.slice(0, place.span.start) + written + whole.slice(place.span.end);
    }, text);
}
