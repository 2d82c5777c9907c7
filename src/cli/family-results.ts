// What the runs of a family came to, read from the manifests that they left.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { memberName } from "../plan/render-family.ts";
import { columns, grouped, methodOf } from "../plan/render-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { type ManifestMetrics, runScores, scoreCell } from "./run-scores.ts";

/** The part of an adapter's manifest that the table shows. */
interface Manifest {
  readonly run: { readonly seconds: number; readonly stepsDone: number };
  readonly metrics: ManifestMetrics;
}

/** Runs that differ in nothing but their seed, and what they came to together. */
export interface SeedSummary {
  readonly name: string;
  readonly runs: number;
  /** Of the task's first metric, by which the runs are compared. */
  readonly metric: string;
  readonly testAfter: Spread;
  readonly validation: Spread;
  readonly testAccuracyAfter: Spread;
  readonly validationAccuracy: Spread;
}

/** Mean and sample standard deviation; no deviation of a single value, nothing of none. */
export interface Spread {
  readonly mean: number | null;
  readonly deviation: number | null;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) return { mean: null, deviation: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** One summary for all seeds of a configuration; empty where no configuration has several. */
export function summariseSeeds(runs: string, members: readonly Plan[]): readonly SeedSummary[] {
  const configurations = new Map<string, Plan[]>();
  for (const plan of members) {
    const name = configurationOf(plan);
    configurations.set(name, [...(configurations.get(name) ?? []), plan]);
  }
  if (![...configurations.values()].some((plans) => plans.length > 1)) return [];
  return [...configurations].map(([name, plans]) => {
    const found = plans.flatMap((plan) => latestManifest(join(runs, plan.tune.name)) ?? []);
    const spread = (key: "testAccuracyAfter" | "validationAccuracy") =>
      spreadOf(found.flatMap(({ metrics }) => metrics[key] ?? []));
    const scores = found.map(({ metrics }) => runScores(metrics));
    return {
      name: name === "" ? (plans[0]?.tune.family?.name ?? "") : name,
      runs: found.length,
      metric: scores[0]?.metric ?? "accuracy",
      testAfter: spreadOf(scores.flatMap(({ testAfter }) => testAfter ?? [])),
      validation: spreadOf(scores.flatMap(({ validation }) => validation ?? [])),
      testAccuracyAfter: spread("testAccuracyAfter"),
      validationAccuracy: spread("validationAccuracy"),
    };
  });
}

/** A member's name without its seed. */
function configurationOf(plan: Plan): string {
  return memberName(plan).replace(/(^|,)(train\.)?seed=[^,]+/, "");
}

/** A line for each configuration: mean ± standard deviation over its seeds. */
export function renderSeeds(summaries: readonly SeedSummary[]): string {
  if (summaries.length === 0) return "";
  const rows = summaries.map(({ name, runs, metric, testAfter, validation }) => {
    return [name, String(runs), spreadText(metric, testAfter), spreadText(metric, validation)];
  });
  const header = ["mean ± sample standard deviation", "runs", "test after", "validation"];
  return columns([header, ...rows], ["left", "right", "right", "right"])
    .map((line) => `  ${line}\n`)
    .join("");
}

function spreadText(metric: string, { mean, deviation }: Spread): string {
  const text = scoreCell(metric, mean);
  return deviation === null ? text : `${text} ± ${(100 * deviation).toFixed(1)}`;
}

/** A table with a line for each member; the latest run of each counts. */
export function renderResults(runs: string, members: readonly Plan[]): string {
  const header = ["", "method", "trained", "test before", "test after", "validation", "seconds"];
  const rows = members.map((plan) => {
    const manifest = latestManifest(join(runs, plan.tune.name));
    const run = manifest?.run;
    const { metric, testBefore, testAfter, validation } = runScores(manifest?.metrics);
    return [
      memberName(plan),
      methodOf(plan),
      grouped(plan.trained),
      ...[testBefore, testAfter, validation].map((score) => scoreCell(metric, score)),
      run ? run.seconds.toFixed(0) : "",
    ];
  });
  const sides = ["left", "left", "right", "right", "right", "right", "right"] as const;
  return columns([header, ...rows], sides)
    .map((line) => `  ${line}\n`)
    .join("");
}

function latestManifest(folder: string): Manifest | undefined {
  const numbers = readdirSync(folder).map(Number).filter(Number.isSafeInteger);
  if (numbers.length === 0) return undefined;
  const file = join(folder, String(Math.max(...numbers)), "adapter.json");
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  return manifest as Manifest;
}
