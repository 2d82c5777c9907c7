// The fix for a misspelt word.

import type { Fix, Place } from "./diagnostic.ts";
import { nearestWord } from "./nearest-word.ts";

/** Writes the known word that is nearest to the misspelt one; nothing when none is near. */
export function wordFix(word: string, known: Iterable<string>, place: Place): readonly Fix[] {
  const nearest = nearestWord(word, known);
  if (nearest === undefined) return [];
  return [{ title: `write ${nearest}`, safe: true, edits: [{ place, text: nearest }] }];
}
