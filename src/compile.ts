// The pipeline: source text in, training scripts out. Each line of `check` is one room of the house.

import { Diagnostics, type Diagnostic } from "./diagnostics/diagnostic.ts";
import type { ScriptPlace } from "./emit/build-script.ts";
import type { ScriptText } from "./emit/print-script.ts";
import { buildGraph } from "./graph/build-graph.ts";
import type { TuneGraph } from "./graph/graph.ts";
import type { Host } from "./host.ts";
import { checkPlan } from "./plan/check-plan.ts";
import type { Plan } from "./plan/plan.ts";
import { loadDocuments } from "./program/load-documents.ts";
import { resolveProgram } from "./program/resolve-program.ts";
import { judge, reportUnused } from "./project/judge.ts";
import { loadRules } from "./project/load-rules.ts";

export interface Checked {
  /** One for each `tune` that passed every check. */
  readonly plans: readonly Plan[];
  /** Every tune whose method has a graph, whether or not it passed. */
  readonly graphs: readonly TuneGraph[];
  readonly diagnostics: readonly Diagnostic[];
  /** For what a command finds later: it goes by the same rules and excuses. */
  readonly found: Diagnostics;
}

/**
 * Checks `entry` and everything it imports; a user's mistake becomes a diagnostic, never an exception. Throws when the
 * entry itself cannot be read.
 */
export async function check(entry: string, host: Host): Promise<Checked> {
  const found = new Diagnostics();

  const rules = await loadRules(entry, host, found); //          dept.json → severities
  const documents = await loadDocuments(entry, host, found); //  text    → syntax trees, imports followed
  // A slip of the pen would be followed by a dozen mistakes that are none: what it says is judged once it can be read.
  if (found.errorsIn("syntax") > 0) return { plans: [], graphs: [], diagnostics: found.inSourceOrder(), found };
  const judgement = judge(rules, documents.values(), found); //  … and comments that excuse
  const program = resolveProgram(documents, found); //           trees   → names bound, values known
  const graph = buildGraph(program, found); //                   program → nodes, edges, shapes
  const plans = checkPlan(graph, program, found); //             graph   → every rule passed, or no plan
  reportUnused(judgement, entry, found);

  return { plans, graphs: graph.tunes, diagnostics: found.inSourceOrder(), found };
}

/** A plan's training script. ts-morph and prettier are loaded here and nowhere earlier. */
export async function emit(plan: Plan, place: ScriptPlace): Promise<ScriptText> {
  const { buildScript } = await import("./emit/build-script.ts");
  const { printScript } = await import("./emit/print-script.ts");
  return printScript(buildScript(plan, place)); //               plan    → what the file says → text
}

/** The script that shows a plan's rows. */
export async function emitData(plan: Plan, place: ScriptPlace): Promise<ScriptText> {
  const { buildDataScript } = await import("./emit/build-data-script.ts");
  const { printScript } = await import("./emit/print-script.ts");
  return printScript(buildDataScript(plan, place));
}
