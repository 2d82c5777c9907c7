// The score that decides, as people read it.

import { decisive, type Scores } from "../data/metrics/metric.ts";
import { percent } from "./numbers.ts";
import { titles } from "./scores-table.ts";

/** "85.3%" of a task scored by its accuracy, "F1 59.6" of one that names another metric first. */
export function scoreText(scores: Scores): string {
  const { metric, score } = decisive(scores);
  return metric === "accuracy" ? percent(score) : `${titles[metric]} ${(100 * score).toFixed(1)}`;
}
