// Marks in a test's source: `⟦…⟧` is the place a diagnostic must point to, never an offset number.

import type { Span } from "../../src/source/span.ts";

export interface Marked {
  /** The source without the marks. */
  readonly text: string;
  /** What stood between each pair of marks, in order. */
  readonly spans: readonly Span[];
}

export function at(marked: string): Marked {
  const spans: Span[] = [];
  const open: number[] = [];
  let text = "";
  for (const character of marked) {
    if (character === "⟦") open.push(text.length);
    else if (character === "⟧") {
      const start = open.pop();
      if (start === undefined) throw new Error("⟧ without ⟦");
      spans.push({ start, end: text.length });
    } else text += character;
  }
  if (open.length > 0) throw new Error("⟦ without ⟧");
  return { text, spans: spans.sort((a, b) => a.start - b.start) };
}
