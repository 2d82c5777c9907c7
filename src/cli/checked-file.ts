// Checks a file for a command and prints what was found.

import { check, type Checked } from "../compile.ts";
import { renderDiagnostic, renderSummary } from "../diagnostics/render.ts";
import { groupByFamily, type PlanGroup } from "../plan/render-family.ts";
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

/**
 * The plans that a command works on: the file's only tune or family, or what `--tune` names: a tune, a family, or one
 * member of a family.
 */
export function chosenPlans(file: string, { plans }: Checked, tune: string | undefined): PlanGroup {
  const groups = groupByFamily(plans);
  const names = groups.map(({ family, members }) => family?.name ?? members[0]?.tune.name ?? "");
  const [only, other] = groups;
  if (!only) throw new UsageError(`${file} declares nothing to train`);
  if (tune === undefined) {
    if (!other) return only;
    throw new UsageError(`${file} declares several: choose one with --tune: ${names.join(", ")}`);
  }
  const group = groups[names.indexOf(tune)];
  if (group) return group;
  const member = plans.find((plan) => plan.tune.name === tune);
  if (member) return { family: undefined, members: [member] };
  throw new UsageError(`${file} declares no tune ${tune}; it has: ${names.join(", ")}`);
}
