// The totals of a plan as polynomials: what they depend on, before any number is put in.

import { architectures, stackOf } from "../program/architectures.ts";
import { formatPolynomial } from "../graph/polynomial.ts";
import { addedFormula, formulaOf, memoryFormula } from "./bill.ts";
import type { Plan } from "./plan.ts";
import { grouped } from "./render-plan.ts";

/** Trained, stored and added per example, in the method's arguments, the width d and the longest input s. */
export function renderSymbolic({ tune, graph, tensors, stored }: Plan): string {
  const { method } = graph;
  const { formulas } = architectures[tune.backbone.architecture.value];
  const last = stackOf(tune.backbone).kind === "encoder" ? " + rows × (d + 1)" : "";
  const work = `${stackOf(tune.backbone).kind} work`.padEnd(20);
  const prefix = memoryFormula(graph);
  const length = prefix && formulaOf([prefix]);
  const pairs = length ? `rows × (rows + ${length}) + 2 × ${length} × kv_inner` : "rows × rows";
  const kept = `layers × (rows × (${formulas.kept}) + heads × ${pairs})${last}`;
  const shared = kept.includes("kv_inner") ? ", kv_inner = kv_heads × head_width" : "";
  const names = method.arguments.map(({ name }) => name).join(", ");
  const sum = (formulas: readonly string[]) => (formulas.length === 0 ? "0" : formulas.join(" + "));
  const trained = tensors.filter(({ group }) => group !== undefined).map(({ formula }) => formula);
  return [
    `${tune.name}   ${method.name}(${names})`,
    "",
    `  trained               ${sum(trained)}`,
    `  stored at inference   ${sum(stored.map(({ formula }) => formula))}`,
    `  added per example     ${formatPolynomial(addedFormula(graph))} positions`,
    ...(stackOf(tune.backbone).keyValues === 0
      ? []
      : [`  keys and values       added × ${grouped(stackOf(tune.backbone).keyValues)}`]),
    `  ${work}  layers × (rows × (${formulas.work}) + 2 × rows × rows × inner)`,
    `  kept activations      ${kept}`,
    "",
    `  rows = s + added, inner = heads × head_width${shared}; work in multiply-adds, activations in float32 values, of one example`,
    "",
  ].join("\n");
}
