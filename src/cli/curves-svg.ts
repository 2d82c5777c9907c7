// The validation curves of several runs in one drawing, for a page or a README.

import type { FoundRun } from "./find-runs.ts";
import { metricsOf } from "./find-runs.ts";
import { metricName } from "./run-scores.ts";

/** Told apart by most eyes, whatever colours they see (Okabe and Ito, 2008). */
const colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

const [left, top, width, height] = [56, 40, 580, 280];

/** Validation scores over the steps, a line for each run; the runs must share a metric. */
export function curvesSvg(title: string, runs: readonly FoundRun[]): string {
  const metric = runs[0]?.metric ?? "accuracy";
  const lines = runs.map((run) => ({ name: run.name, points: validationsOf(run) }));
  const points = lines.flatMap((line) => line.points);
  const last = Math.max(1, ...points.map(({ step }) => step));
  const scores = points.map(({ score }) => score);
  const low = Math.floor(10 * Math.min(0.9, ...scores)) / 10;
  // At least a tenth above the foot: scores that are all one round number would leave the axis no height.
  const high = Math.max(low + 0.1, Math.ceil(10 * Math.max(...scores)) / 10);
  const x = (step: number) => (left + (width * step) / last).toFixed(1);
  const y = (score: number) => (top + (height * (high - score)) / (high - low)).toFixed(1);
  const grid = ticks(low, high).map(
    (score) =>
      `  <path d="M${left} ${y(score)}H${left + width}" stroke="#ddd"/><text x="${left - 8}" y="${y(score)}" dy="4" text-anchor="end">${Math.round(100 * score)}${metric === "accuracy" ? "%" : ""}</text>`,
  );
  const drawn = lines.map(({ name, points }, index) => {
    const color = colors[index % colors.length] ?? "#000000";
    const path = points.map(({ step, score }) => `${x(step)},${y(score)}`).join(" ");
    const [column, row] = [index % 3, Math.floor(index / 3)];
    const [at, below] = [left + column * 200, top + height + 46 + row * 20];
    return [
      `  <polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
      `  <rect x="${at}" y="${below}" width="18" height="3" fill="${color}"/><text x="${at + 26}" y="${below + 5}">${escaped(name)}</text>`,
    ].join("\n");
  });
  const bottom = top + height + 62 + 20 * Math.floor((lines.length - 1) / 3);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 ${bottom}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
  <rect width="660" height="${bottom}" fill="#fff"/>
  <text x="${left}" y="22" font-size="14" font-weight="600">${escaped(title)}: validation ${escaped(metricName(metric))}</text>
${grid.join("\n")}
  <text x="${left}" y="${top + height + 18}">step 0</text>
  <text x="${left + width}" y="${top + height + 18}" text-anchor="end">${last.toLocaleString("en-US")}</text>
${drawn.join("\n")}
</svg>
`;
}

function validationsOf({ path, metric }: FoundRun) {
  return metricsOf(path).flatMap((line) => {
    const score = line[metric];
    return line.split === "validation" && typeof score === "number" ? [{ step: line.step, score }] : [];
  });
}

function ticks(low: number, high: number): readonly number[] {
  const step = high - low > 1 ? 0.2 : 0.1;
  const count = Math.floor((high - low) / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => low + index * step);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
