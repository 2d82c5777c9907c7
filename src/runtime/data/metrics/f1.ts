// F1: the harmonic mean of precision and recall, of one class or averaged over all.

/**
 * F1 of the class `positive`, 2·tp / (2·tp + fp + fn), from 0 to 1; 0 where the class is neither true nor predicted
 * anywhere, as scikit-learn has it. Over all answers of all questions this is MultiRC's F1a.
 */
export function f1Of(predictions: Int32Array, labels: Int32Array, positive = 1): number {
  let [right, wrong] = [0, 0];
  for (const [index, prediction] of predictions.entries()) {
    const isTrue = labels[index] === positive;
    if (prediction === positive && isTrue) right++;
    else if (prediction === positive || isTrue) wrong++;
  }
  return right === 0 ? 0 : (2 * right) / (2 * right + wrong);
}

/** The plain mean of F1 over the classes that are true or predicted somewhere, as scikit-learn's "macro". */
export function macroF1Of(predictions: Int32Array, labels: Int32Array): number {
  const present = [...new Set([...predictions, ...labels])];
  const scores = present.map((each) => f1Of(predictions, labels, each));
  return scores.reduce((sum, score) => sum + score, 0) / present.length;
}
