// Matthews' correlation of two labellings.

/**
 * From −1 to 1, 0 where either side gives every row the same class. For more than two classes Gorodkin's R_K
 * (Computational Biology and Chemistry 28, 2004), which is Matthews' own coefficient for two.
 */
export function matthewsOf(predictions: Int32Array, labels: Int32Array): number {
  const rows = labels.length;
  const [predicted, truly] = [countsOf(predictions), countsOf(labels)];
  let right = 0;
  for (const [index, label] of labels.entries()) if (predictions[index] === label) right++;
  let both = 0;
  for (const [label, count] of truly) both += count * (predicted.get(label) ?? 0);
  const spread = (counts: ReadonlyMap<number, number>) =>
    rows * rows - [...counts.values()].reduce((sum, count) => sum + count * count, 0);
  const scale = Math.sqrt(spread(predicted)) * Math.sqrt(spread(truly));
  return scale === 0 ? 0 : (rows * right - both) / scale;
}

function countsOf(values: Int32Array): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
