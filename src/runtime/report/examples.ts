// A few test rows with the tuned backbone's answers: its surest mistakes, and right answers of every class.

import type { Prediction, RunRecord } from "../train/run-record.ts";
import { isOneOf } from "../data/metrics/metric.ts";
import { markup, type Markup } from "./markup.ts";
import { percent } from "./numbers.ts";

const shown = 6;

export function examples({ predictions, classes }: RunRecord): Markup {
  if (predictions.length === 0) return markup``;
  if (classes.length === 0) return writtenExamples(predictions);
  const wrong = predictions.filter(({ label, predicted }) => label !== predicted);
  const surest = wrong.toSorted((a, b) => certainty(b) - certainty(a)).slice(0, shown);
  const list = (chosen: readonly Prediction[]) =>
    markup`<ul class="examples">${chosen.map((prediction) => example(prediction, classes))}</ul>`;
  const mistakes = surest.length === 0 ? markup`<p class="lead">There were none.</p>` : list(surest);
  const right = rightOnes(predictions, classes.length);
  return markup`<div class="pair">
<section><h2>Surest mistakes <small>with the probability it gives them</small></h2>${mistakes}</section>
<section><h2>Right answers <small>the first of each class</small></h2>${right.length === 0 ? markup`<p class="lead">There were none.</p>` : list(right)}</section>
</div>`;
}

function rightOnes(predictions: readonly Prediction[], classes: number): Prediction[] {
  const firsts = Array.from({ length: classes }, (_, label) =>
    predictions.find((prediction) => prediction.label === label && prediction.predicted === label),
  );
  return firsts.filter((prediction) => prediction !== undefined).slice(0, shown);
}

function certainty({ predicted, probabilities }: Prediction): number {
  return probabilities[predicted] ?? 0;
}

function example(prediction: Prediction, classes: readonly string[]): Markup {
  const { text, label, predicted } = prediction;
  const answer = classes[predicted];
  const sure = percent(certainty(prediction));
  const wrong = label !== predicted;
  return markup`<li><q>${text}</q><p class="said"><b class="${wrong ? "wrong" : ""}">${answer}</b> ${sure}${wrong ? `, truly ${classes[label]}` : ""}</p></li>
`;
}

/** The first wrong and the first right texts. */
function writtenExamples(predictions: readonly Prediction[]): Markup {
  const isRight = ({ written }: Prediction) =>
    written !== undefined && isOneOf(written.text, written.references);
  const list = (chosen: readonly Prediction[]) =>
    chosen.length === 0
      ? markup`<p class="lead">There were none.</p>`
      : markup`<ul class="examples">${chosen.slice(0, shown).map(writtenExample)}</ul>`;
  return markup`<div class="pair">
<section><h2>Other texts <small>the first that are not an answer word for word</small></h2>${list(predictions.filter((each) => !isRight(each)))}</section>
<section><h2>Right texts <small>the first of them</small></h2>${list(predictions.filter(isRight))}</section>
</div>`;
}

function writtenExample({ text, written }: Prediction): Markup {
  const { text: answer = "", references = [] } = written ?? {};
  const right = isOneOf(answer, references);
  return markup`<li><q>${text}</q><p class="said"><b class="${right ? "" : "wrong"}">${answer}</b>${right ? "" : ` truly ${references.join(" or ")}`}</p></li>
`;
}
