// `--backend NAME` of a command: a name that there is, and gradients that it has.

import { nearestWord } from "../diagnostics/nearest-word.ts";
import { operationGradients } from "../graph/operation-gradients.ts";
import { type GradientTable, missingGradients } from "../plan/missing-gradients.ts";
import type { Plan } from "../plan/plan.ts";
import { positionAt } from "../source/source-text.ts";
import { UsageError } from "./command.ts";

const known = ["auto", ...Object.keys(operationGradients.add)];

/** Throws a UsageError where the backend does not exist or lacks the gradient of an operation of one of the plans. */
export function checkBackendOption(
  backend: string | undefined,
  plans: readonly Plan[],
  table: GradientTable = operationGradients,
): void {
  if (backend === undefined) return;
  if (!known.includes(backend)) {
    const nearest = nearestWord(backend, known);
    const advice = nearest === undefined ? `known are ${known.join(", ")}` : `did you mean ${nearest}?`;
    throw new UsageError(`--backend ${backend}: no such backend; ${advice}`);
  }
  const lines = plans.flatMap((plan) =>
    missingGradients(plan, backend, table).map(({ operation, place, gradient, rightOn }) => {
      const { line, column } = positionAt(place.source, place.span.start);
      const lack = gradient === "none" ? "no gradient" : "a wrong gradient";
      const where = `${place.source.path}:${line}:${column}`;
      return `${where}: ${operation} has ${lack} on ${backend}; it is right on ${rightOn.join(", ")}`;
    }),
  );
  if (lines.length > 0) throw new UsageError([...new Set(lines)].join("\n"));
}
