// What the runs of a family came to, read from the manifests that they left.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { memberName } from "../plan/render-family.ts";
import { columns, grouped, methodOf } from "../plan/render-plan.ts";
import type { Plan } from "../plan/plan.ts";

/** The part of an adapter's manifest that the table shows. */
interface Manifest {
  readonly run: { readonly seconds: number; readonly stepsDone: number };
  readonly metrics: {
    readonly testAccuracyBefore: number | null;
    readonly testAccuracyAfter: number | null;
    readonly validationAccuracy: number | null;
  };
}

/** A table with a line for each member; the latest run of each counts. */
export function renderResults(runs: string, members: readonly Plan[]): string {
  const header = ["", "method", "trained", "test before", "test after", "validation", "seconds"];
  const rows = members.map((plan) => {
    const manifest = latestManifest(join(runs, plan.tune.name));
    const { run, metrics } = manifest ?? {};
    return [
      memberName(plan),
      methodOf(plan),
      grouped(plan.trained),
      percent(metrics?.testAccuracyBefore),
      percent(metrics?.testAccuracyAfter),
      percent(metrics?.validationAccuracy),
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

function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(1)}%`;
}
