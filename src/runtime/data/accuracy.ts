// What predictions are worth: accuracy, the majority class, the confusion of classes.

/** Share of predictions that equal their label, from 0 to 1. */
export function accuracyOf(predictions: Int32Array, labels: Int32Array): number {
  let right = 0;
  for (const [index, prediction] of predictions.entries()) if (prediction === labels[index]) right++;
  return right / labels.length;
}

/** Rows are true classes, columns predicted ones: `[classes][classes]`. */
export function confusionOf(predictions: Int32Array, labels: Int32Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [index, label] of labels.entries()) {
    const row = counts[label];
    const prediction = predictions[index] ?? -1;
    if (row !== undefined) row[prediction] = (row[prediction] ?? 0) + 1;
  }
  return counts;
}

/** The most frequent class and its share: what always giving the same answer reaches. */
export function majorityOf(
  labels: Int32Array,
  classes: number,
): { readonly label: number; readonly share: number } {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const most = Math.max(...counts);
  return { label: counts.indexOf(most), share: most / labels.length };
}

/** Position of the largest value of each row: `[rows × columns]` → `[rows]`; the first of equals. */
export function argmaxRows(values: Float32Array, columns: number): Int32Array {
  return Int32Array.from({ length: values.length / columns }, (_, row) => {
    const cells = values.subarray(row * columns, (row + 1) * columns);
    return cells.reduce((best, value, column) => (value > (cells[best] ?? -Infinity) ? column : best), 0);
  });
}
