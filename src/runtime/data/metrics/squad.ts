// The metrics of SQuAD: a written answer against the right ones, after both are normalised.

/**
 * Share of answers that equal one of their references, from 0 to 1 (Rajpurkar et al., 2016). Case, ASCII punctuation, the
 * articles a, an, the, and how words are spaced do not count.
 */
export function exactMatchOf(answers: readonly string[], references: readonly (readonly string[])[]): number {
  return meanOf(answers, references, (answer, reference) => (answer.join() === reference.join() ? 1 : 0));
}

/** Mean over the answers of the best F1 of its words against a reference's, each as often as it stands there. */
export function wordF1Of(answers: readonly string[], references: readonly (readonly string[])[]): number {
  return meanOf(answers, references, (answer, reference) => {
    const left = new Map<string, number>();
    for (const word of reference) left.set(word, (left.get(word) ?? 0) + 1);
    let shared = 0;
    for (const word of answer) {
      const count = left.get(word) ?? 0;
      if (count > 0) shared++;
      left.set(word, count - 1);
    }
    return shared === 0 ? 0 : (2 * shared) / (answer.length + reference.length);
  });
}

function meanOf(
  answers: readonly string[],
  references: readonly (readonly string[])[],
  score: (answer: readonly string[], reference: readonly string[]) => number,
): number {
  const scores = answers.map((answer, index) => {
    const words = wordsOf(answer);
    return Math.max(0, ...(references[index] ?? []).map((reference) => score(words, wordsOf(reference))));
  });
  return scores.reduce((sum, each) => sum + each, 0) / answers.length;
}

/** The words that count. Punctuation goes without a trace, so "it's" is one word and so is "well-known". */
function wordsOf(text: string): readonly string[] {
  const plain = text.toLowerCase().replaceAll(/[!-/:-@[-`{-~]/g, "");
  const kept = plain.replaceAll(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " ");
  return kept.split(/\s+/).filter((word) => word !== "");
}
