// Which class was taken for which, on the test rows.

import { confusionOf } from "../data/accuracy.ts";
import type { RunRecord } from "../train/run-record.ts";
import { markup, type Markup } from "./markup.ts";
import { count, percent } from "./numbers.ts";

/** Rows are the true classes; a cell is tinted by its share of its row. */
export function confusionTable({ after, classes }: RunRecord): Markup {
  if (after === undefined || classes.length === 0) return markup``;
  const counts = confusionOf(after.predictions, after.labels, classes.length);
  const rows = counts.map((cells, label) => {
    const total = cells.reduce((sum, cell) => sum + cell, 0);
    const right = total === 0 ? 0 : (cells[label] ?? 0) / total;
    return markup`<tr><th scope="row">${classes[label]}</th>${cells.map((cell, predicted) => confusionCell(cell, total, predicted === label))}
<td class="number">${count(total)}</td><td><span class="bar"><i style="width:${(100 * right).toFixed(1)}%"></i></span>${percent(right)}</td></tr>
`;
  });
  return markup`<section><h2>What was taken for what <small>test rows after training: true class down, predicted class across</small></h2>
<div class="scroll"><table class="confusion"><thead><tr><th></th>${classes.map((name) => markup`<th scope="col">${name}</th>`)}
<th class="number">rows</th><th>right</th></tr></thead><tbody>
${rows}</tbody></table></div></section>`;
}

function confusionCell(cell: number, total: number, diagonal: boolean): Markup {
  const share = total === 0 ? 0 : cell / total;
  const classes = ["cell", diagonal && "diagonal", cell === 0 && "none", share > 0.6 && "deep"].filter(
    Boolean,
  );
  return markup`<td class="${classes.join(" ")}" style="--share:${share.toFixed(3)}">${count(cell)}</td>`;
}
