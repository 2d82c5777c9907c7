// `--backend NAME` of a command: a name that there is, and gradients that it has.

import type { Checked } from "../compile.ts";
import { nearestWord } from "../diagnostics/nearest-word.ts";
import { operationGradients } from "../graph/operation-gradients.ts";
import { checkGradients } from "../plan/check-device.ts";
import type { Plan } from "../plan/plan.ts";
import { printLater } from "./checked-file.ts";
import { type Terminal, UsageError } from "./command.ts";

const known = ["auto", ...Object.keys(operationGradients.add)];

/** Throws a UsageError for a backend that does not exist. Prints the operations that it lacks, and answers whether it has all. */
export function checkBackendOption(
  backend: string | undefined,
  file: string,
  checked: Checked,
  members: readonly Plan[],
  terminal: Terminal,
): boolean {
  if (backend === undefined) return true;
  if (!known.includes(backend)) {
    const nearest = nearestWord(backend, known);
    const advice = nearest === undefined ? `known are ${known.join(", ")}` : `did you mean ${nearest}?`;
    throw new UsageError(`--backend ${backend}: no such backend; ${advice}`);
  }
  for (const plan of members) checkGradients(plan, backend, checked.found);
  return !printLater(file, checked, terminal);
}
