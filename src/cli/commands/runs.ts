// `dept runs`: what was trained, and how it went.

import { columns, grouped } from "../../plan/render-plan.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { curvesSvg } from "../curves-svg.ts";
import { findRuns, type FoundRun, metricsOf } from "../find-runs.ts";
import { plotLine } from "../plot-line.ts";
import { readArguments } from "../read-arguments.ts";
import { metricName, scoreCell } from "../run-scores.ts";
import { writeWhole } from "../write-script.ts";

export const runsCommand: Command = {
  help: `Usage: dept runs [FOLDER] [--plot | --json] [-o FILE.svg]

Lists every run below FOLDER (default: runs) with how it ended, its accuracies and its time. Where the task names another
metric first, its scores stand in their place, times 100. A run that is unfinished is
still going on, or was killed and can be resumed.

  --plot   draw each run's loss and validation score
  --json   the list as JSON, for programs
  -o FILE  write the validation curves of all of them, drawn over each other, as an SVG

Example: dept runs runs/quickstart --plot`,
  async run(args, terminal) {
    const options = {
      plot: { type: "boolean" },
      json: { type: "boolean" },
      output: { type: "string", short: "o" },
    } as const;
    const { values, positionals } = readArguments(args, options);
    const runs = (positionals.length === 0 ? ["runs"] : positionals).flatMap(findRuns);
    if (values.output !== undefined) {
      await writeWhole(values.output, curvesSvg(positionals.join(", ") || "runs", comparable(runs)));
      terminal.err(`wrote ${values.output}\n`);
    }
    if (values.json) terminal.out(`${JSON.stringify(runs, undefined, 2)}\n`);
    else if (values.plot) terminal.out(runs.map(plotRun).join("\n"));
    else terminal.out(renderRuns(runs));
    return exit.done;
  },
};

/** Throws a UsageError for runs that are judged by different metrics, or none. */
function comparable(runs: readonly FoundRun[]): readonly FoundRun[] {
  const metrics = new Set(runs.map(({ metric }) => metric));
  if (metrics.size === 1) return runs;
  const found =
    metrics.size === 0 ? "there are no runs" : `the runs have several metrics: ${[...metrics].join(", ")}`;
  throw new UsageError(`nothing to draw: ${found}`);
}

/** A table with a line for each run. */
export function renderRuns(runs: readonly FoundRun[]): string {
  if (runs.length === 0) return "no runs\n";
  const header = ["run", "ending", "steps", "loss", "validation", "test before", "test after", "seconds"];
  const rows = runs.map((run) => [
    run.name,
    run.ending,
    `${grouped(run.stepsDone)}${run.steps === null ? "" : `/${grouped(run.steps)}`}`,
    run.lastLoss === null ? "–" : run.lastLoss.toPrecision(3),
    ...[run.validation, run.testBefore, run.testAfter].map((score) => scoreCell(run.metric, score)),
    run.seconds === null ? "–" : run.seconds.toFixed(0),
  ]);
  const sides = ["left", "left", "right", "right", "right", "right", "right", "right"] as const;
  return columns([header, ...rows], sides)
    .map((line) => `${line}\n`)
    .join("");
}

function plotRun({ name, path, metric }: FoundRun): string {
  const lines = metricsOf(path);
  const losses = lines.flatMap(({ step, loss }) => (loss === undefined ? [] : [{ x: step, y: loss }]));
  const scores = lines.flatMap((line) => {
    const score = line[metric];
    return line.split === "validation" && typeof score === "number" ? [{ x: line.step, y: score }] : [];
  });
  const shown = [
    plotLine("loss", losses, (value) => value.toPrecision(3)),
    plotLine(`validation ${metricName(metric)}`, scores, (score) =>
      scoreCell(metric, score).replace(/^.* /, ""),
    ),
  ];
  return `${name}\n\n${shown.filter((plot) => plot !== "").join("\n")}`;
}
