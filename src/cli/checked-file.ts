// Checks files for a command and prints what was found.

import { check, type Checked } from "../compile.ts";
import { type Diagnostic, samePlace } from "../diagnostics/diagnostic.ts";
import { renderDiagnostic, renderSummary } from "../diagnostics/render.ts";
import type { TuneGraph } from "../graph/graph.ts";
import type { Plan } from "../plan/plan.ts";
import { groupByFamily, type PlanGroup } from "../plan/render-family.ts";
import { type Terminal, UsageError } from "./command.ts";

export interface CheckedFile extends Checked {
  readonly hasErrors: boolean;
}

/** Diagnostics go to stderr. `strict`: warnings count as errors. */
export async function checkFile(file: string, terminal: Terminal, strict = false): Promise<CheckedFile> {
  const checked = await check(await readable(file, terminal), terminal.host);
  printDiagnostics([file], checked.diagnostics, terminal);
  return { ...checked, hasErrors: hasErrors(checked.diagnostics, strict) };
}

/**
 * What was found since: `found` may have grown by what rows or a device showed. It goes to stderr; answers whether an error
 * is among it.
 */
export function printLater(file: string, { found, diagnostics }: Checked, terminal: Terminal): boolean {
  const later = found.inSourceOrder().filter((each) => !diagnostics.includes(each));
  printDiagnostics([file], later, terminal);
  return hasErrors(later);
}

/** Several files, each with what it imports; what two of them share is reported once. Prints nothing. */
export async function checkFiles(
  files: readonly string[],
  terminal: Terminal,
): Promise<Omit<Checked, "found">> {
  const plans: Plan[] = [];
  const graphs: TuneGraph[] = [];
  const diagnostics: Diagnostic[] = [];
  const known = new Map<string, Diagnostic[]>();
  for (const file of files) {
    const checked = await check(await readable(file, terminal), terminal.host);
    plans.push(...checked.plans);
    graphs.push(...checked.graphs);
    for (const diagnostic of checked.diagnostics) {
      const key = `${diagnostic.code} ${diagnostic.message}`;
      const similar = known.get(key) ?? [];
      if (similar.some(({ place }) => samePlace(place, diagnostic.place))) continue;
      known.set(key, [...similar, diagnostic]);
      diagnostics.push(diagnostic);
    }
  }
  return { plans, graphs, diagnostics };
}

async function readable(file: string, { host }: Terminal): Promise<string> {
  const path = file.replaceAll("\\", "/");
  if ((await host.read(path)) === undefined) throw new UsageError(`there is no file ${file}`);
  return path;
}

export function printDiagnostics(
  files: readonly string[],
  diagnostics: readonly Diagnostic[],
  terminal: Terminal,
): void {
  for (const diagnostic of diagnostics) terminal.err(renderDiagnostic(diagnostic, terminal) + "\n");
  const summary = renderSummary(diagnostics);
  const where = files.length === 1 ? files[0] : `${files.length} files`;
  if (summary !== "") terminal.err(`${summary} in ${where}\n`);
}

export function hasErrors(diagnostics: readonly Diagnostic[], strict = false): boolean {
  return diagnostics.some(({ severity }) => strict || severity === "error");
}

/**
 * The plans that a command works on: the file's only tune or family, or what `--tune` names: a tune, a family, or one
 * member of a family.
 */
export function chosenPlans(
  file: string,
  { plans }: Pick<Checked, "plans">,
  tune: string | undefined,
): PlanGroup {
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
