// Checks a file for a command and prints what was found.

import { check, type Checked } from "../compile.ts";
import { renderDiagnostic, renderSummary } from "../diagnostics/render.ts";
import type { Plan } from "../plan/plan.ts";
import { type Terminal, UsageError } from "./command.ts";

export interface CheckedFile extends Checked {
  readonly hasErrors: boolean;
}

/** Diagnostics go to stderr. `strict`: warnings count as errors. */
export async function checkFile(file: string, terminal: Terminal, strict = false): Promise<CheckedFile> {
  const path = file.replaceAll("\\", "/");
  if ((await terminal.host.read(path)) === undefined) throw new UsageError(`there is no file ${file}`);
  const checked = await check(path, terminal.host);
  for (const diagnostic of checked.diagnostics) terminal.err(renderDiagnostic(diagnostic, terminal) + "\n");
  const summary = renderSummary(checked.diagnostics);
  if (summary !== "") terminal.err(`${summary} in ${file}\n`);
  const hasErrors = checked.diagnostics.some(({ severity }) => strict || severity === "error");
  return { ...checked, hasErrors };
}

/** The plan that a command works on: the only one, or the one that `--tune` names. */
export function solePlan(file: string, { plans }: Checked, tune: string | undefined): Plan {
  const names = plans.map((plan) => plan.tune.name).join(", ");
  const chosen = tune === undefined ? plans : plans.filter((plan) => plan.tune.name === tune);
  const [plan, other] = chosen;
  if (other) throw new UsageError(`${file} declares several tunes: choose one with --tune: ${names}`);
  if (plan) return plan;
  throw new UsageError(
    tune === undefined ? `${file} declares no tune` : `${file} declares no tune ${tune}; it has: ${names}`,
  );
}
