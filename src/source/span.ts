// Half-open ranges of offsets into one source text.

/** `[start, end)` in UTF-16 code units. `start === end` marks a place between two characters. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The smallest span that holds both. */
export function cover(first: Span, last: Span): Span {
  return { start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}
