// Pearson's and Spearman's correlation of two lists of numbers.

/** Pearson's r, from −1 to 1; 0 where either list holds one number only, for which r is not defined. */
export function pearsonOf(predictions: readonly number[], labels: readonly number[]): number {
  const [a, b] = [centred(predictions), centred(labels)];
  const dot = (left: readonly number[], right: readonly number[]) =>
    left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  const scale = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
  return scale === 0 ? 0 : Math.max(-1, Math.min(1, dot(a, b) / scale));
}

/** Spearman's ρ: Pearson's r of the ranks, equal numbers sharing the mean of theirs. */
export function spearmanOf(predictions: readonly number[], labels: readonly number[]): number {
  return pearsonOf(ranksOf(predictions), ranksOf(labels));
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // A list of one number must be exactly 0 away from its mean, whatever the sum was rounded to.
  return values.every((value) => value === values[0])
    ? values.map(() => 0)
    : values.map((each) => each - mean);
}

function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
    for (const index of order.slice(from, to)) ranks[index] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
