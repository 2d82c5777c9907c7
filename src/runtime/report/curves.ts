// The report's curves: loss, validation score, and the learning rate of each group.

import { decisive } from "../data/metrics/metric.ts";
import { byPlace } from "./by-place.ts";
import type { RunRecord } from "../train/run-record.ts";
import { lineChart, type Point } from "./line-chart.ts";
import { markup, type Markup } from "./markup.ts";
import { compact, count, percent } from "./numbers.ts";
import { MovingAverage } from "./pace.ts";
import { titles } from "./scores-table.ts";

/** How much the newest step counts in the smoothed loss. */
const smoothing = 0.05;

export function curves(record: RunRecord): Markup {
  if (record.steps.length === 0) return markup``;
  return markup`<div class="pair">${lossCurve(record)}${validationCurve(record)}</div>
<div class="pair">${Object.keys(record.steps[0]?.learningRates ?? {}).map((group) => rateCurve(record, group))}</div>`;
}

function lossCurve({ steps, settings }: RunRecord): Markup {
  const average = new MovingAverage(smoothing);
  const raw = steps.map(({ step, loss }): Point => ({ x: step, y: loss }));
  const smooth = steps.map(({ step, loss }): Point => ({ x: step, y: average.add(loss).value }));
  const chart = lineChart({
    title: `training loss over ${steps.length} steps`,
    width: 480,
    height: 270,
    xEnd: settings.steps,
    include: [0],
    formatX: count,
    formatY: compact,
    series: [
      { style: "raw", points: raw },
      {
        style: "main",
        points: smooth,
        describe: ({ x, y }) =>
          `step ${count(x)}: ${compact(steps[x - 1]?.loss ?? y)}, smoothed ${compact(y)}`,
      },
    ],
  });
  return markup`<section><h2>Training loss <small>cross-entropy per token, each step and smoothed</small></h2>${chart}</section>`;
}

/** By the metric that decides which values are kept; only an accuracy can be compared with always answering the same. */
function validationCurve({ validations, settings, data, kept }: RunRecord): Markup {
  const { majority, rows } = data.validation;
  const scored = validations.map(({ step, scores }) => ({
    step,
    ...decisive(scores),
  }));
  const metric = scored[0]?.metric ?? "accuracy";
  const isAccuracy = metric === "accuracy";
  const text = (score: number) => (isAccuracy ? percent(score) : (100 * score).toFixed(1));
  const best = kept.because === "latest" ? undefined : scored.find(({ step }) => step === kept.step);
  const points = scored.map(({ step, score }): Point => ({ x: step, y: score }));
  const unit = isAccuracy ? "" : ", times 100";
  const title = markup`<h2>Validation ${titles[metric]} <small>${count(rows)} rows${unit}</small></h2>`;
  if (points.length === 0)
    return markup`<section>${title}<p class="lead">Not measured before the run ended.</p></section>`;
  const chart = lineChart({
    title: `validation ${titles[metric]} over ${settings.steps} steps`,
    width: 480,
    height: 270,
    xEnd: settings.steps,
    include: isAccuracy ? [majority.share, 0] : [0],
    ceiling: 1,
    formatX: count,
    formatY: (value) => `${Math.round(100 * value)}${isAccuracy ? "%" : ""}`,
    ...(isAccuracy && {
      reference: { y: majority.share, label: `always “${majority.text}” ${percent(majority.share)}` },
    }),
    ...(best && { mark: { x: best.step, y: best.score, label: `kept: ${text(best.score)}` } }),
    series: [{ style: "main", points, dots: true, describe: ({ x, y }) => `step ${count(x)}: ${text(y)}` }],
  });
  return markup`<section>${title}${chart}</section>`;
}

function rateCurve({ steps, settings, tensors }: RunRecord, group: string): Markup {
  const names = byPlace(tensors.filter((tensor) => tensor.group === group)).map(({ name }) => name);
  const points = steps.map(({ step, learningRates }): Point => ({ x: step, y: learningRates[group] ?? 0 }));
  const chart = lineChart({
    title: `learning rate of ${group}`,
    width: 480,
    height: 130,
    xEnd: settings.steps,
    include: [0],
    yTicks: 2,
    formatX: count,
    formatY: compact,
    series: [{ style: "rate", points, describe: ({ x, y }) => `step ${count(x)}: ${compact(y)}` }],
  });
  return markup`<section><h2>Learning rate of ${group} <small>${names.join(", ")}</small></h2>${chart}</section>`;
}
