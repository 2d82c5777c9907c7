// The runs under a folder, read from the manifests and metrics that they left.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { UsageError } from "./command.ts";
import { type ManifestMetrics, type RunScores, runScores } from "./run-scores.ts";

/** One run; what its files do not say is null. */
export interface FoundRun extends RunScores {
  readonly name: string;
  readonly path: string;
  readonly ending: string;
  readonly startedAt: string | null;
  readonly stepsDone: number;
  readonly steps: number | null;
  readonly validationAccuracy: number | null;
  readonly testAccuracyBefore: number | null;
  readonly testAccuracyAfter: number | null;
  readonly lastLoss: number | null;
  readonly seconds: number | null;
  readonly spec: string | null;
}

/** All runs below `folder`, by name and number. */
export function findRuns(folder: string): readonly FoundRun[] {
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}`);
  return runFolders(folder).map((path) => describeRun(folder, path));
}

/** The latest run in a tune's folder, under another name; none where it was never run. */
export function latestRun(folder: string, name: string): readonly FoundRun[] {
  if (!existsSync(folder)) return [];
  const latest = findRuns(folder).at(-1);
  return latest ? [{ ...latest, name }] : [];
}

function runFolders(folder: string): readonly string[] {
  if (existsSync(join(folder, "metrics.jsonl"))) return [folder];
  const inner = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  const names = inner.map(({ name }) => name);
  return names
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap((name) => runFolders(join(folder, name)));
}

interface Manifest {
  readonly spec: string;
  readonly run: {
    readonly ending: { readonly kind: string };
    readonly startedAt: string;
    readonly seconds: number;
  };
  readonly settings: { readonly steps: number };
  readonly metrics: ManifestMetrics;
}

function describeRun(folder: string, path: string): FoundRun {
  const lines = metricsOf(path);
  const steps = lines.filter((line) => line.loss !== undefined);
  const manifest = manifestOf(path);
  const { run, settings, metrics, spec } = manifest ?? {};
  return {
    name: relative(folder, path) || basename(path),
    path,
    // A manifest that says so was written in the midst of the run, which may go on or have been killed.
    ending: !run || run.ending.kind === "running" ? "unfinished" : run.ending.kind,
    startedAt: run?.startedAt ?? null,
    stepsDone: steps.at(-1)?.step ?? 0,
    steps: settings?.steps ?? null,
    ...runScores(metrics),
    validationAccuracy: metrics?.validationAccuracy ?? null,
    testAccuracyBefore: metrics?.testAccuracyBefore ?? null,
    testAccuracyAfter: metrics?.testAccuracyAfter ?? null,
    lastLoss: steps.at(-1)?.loss ?? null,
    seconds: run?.seconds ?? null,
    spec: spec ?? null,
  };
}

function manifestOf(path: string): Manifest | undefined {
  const file = join(path, "adapter.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch {
    return undefined; // not written yet, or damaged: the metrics still tell how far it came
  }
}

/** A line of metrics.jsonl: a step's has a loss, an evaluation's a split. */
export interface MetricsLine {
  readonly step: number;
  readonly loss?: number;
  readonly split?: string;
  /** Scores under the names of their metrics. */
  readonly [metric: string]: number | string | object | undefined;
}

/** What a run wrote down; a last line that a kill has cut is left out. */
export function metricsOf(path: string): readonly MetricsLine[] {
  const lines = readFileSync(join(path, "metrics.jsonl"), "utf8").split("\n");
  return lines.flatMap((line): MetricsLine[] => {
    try {
      return [JSON.parse(line) as MetricsLine];
    } catch {
      return [];
    }
  });
}

/** A trained run, given as its folder, as the tune's folder (the latest of its runs) or as its adapter. */
export function trainedRun(place: string): { readonly folder: string; readonly script: string } {
  if (!existsSync(place)) throw new UsageError(`there is no run ${place}`);
  const given = statSync(place).isDirectory() ? place : dirname(place);
  const numbers = readdirSync(given).filter((each) => /^[1-9]\d*$/.test(each));
  const latest = numbers
    .sort((a, b) => Number(b) - Number(a))
    .map((each) => join(given, each))
    .find((each) => existsSync(join(each, "adapter.json")));
  const folder = existsSync(join(given, "adapter.json")) ? given : latest;
  if (folder === undefined) throw new UsageError(`${place} holds no adapter.json, so it is no trained run`);
  const parent = dirname(join(process.cwd(), relative(process.cwd(), folder)));
  const script = join(parent, `${basename(parent)}.mjs`);
  if (!existsSync(script)) throw new UsageError(`${script}, which trained ${folder}, is no longer there`);
  return { folder, script };
}
