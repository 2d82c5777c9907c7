// The compiler as a library.

export { check, type Checked, emit } from "./compile.ts";
export type { Code } from "./diagnostics/catalog.ts";
export type { Diagnostic, Fix, Place, Severity } from "./diagnostics/diagnostic.ts";
export { renderDiagnostic } from "./diagnostics/render.ts";
export type { ScriptPlace } from "./emit/build-script.ts";
export type { ScriptText } from "./emit/print-script.ts";
export { type Host, memoryHost, nodeHost } from "./host.ts";
export type { Plan, PlannedBudget, PlannedTensor, StoredTensor } from "./plan/plan.ts";
export { planAsJson } from "./plan/plan-json.ts";
export { renderPlan } from "./plan/render-plan.ts";
export { type Position, positionAt, type SourceText } from "./source/source-text.ts";
export type { Span } from "./source/span.ts";
