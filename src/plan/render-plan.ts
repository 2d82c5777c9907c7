// The plan as text: the bill that `dept plan` prints and the head of an emitted script carries.

import { signedPercent } from "./budget.ts";
import { backboneParameters, stackOf } from "../program/architectures.ts";
import { foldedIntoBackbone, formatUse, memoryRows } from "./bill.ts";
import { addedKeyValues } from "./memory.ts";
import type { Plan, PlannedBudget } from "./plan.ts";

/** `dept(length = 40, rank = 45) on t5_base`. */
export function planTitle(plan: Plan): string {
  return `${methodOf(plan)} on ${plan.tune.backbone.name}`;
}

/** `dept(length = 40, rank = 45)`. */
export function methodOf(plan: Plan): string {
  return formatUse(plan.tune.method, plan.arguments);
}

/** The tensors, their total and the budget; the rows of the table that script and plan share. */
export function billLines(plan: Plan): readonly string[] {
  const rows: Row[] = plan.tensors.map((tensor) => [
    tensor.name,
    formatShape(tensor.shape),
    tensor.formula,
    tensor.group === undefined ? "frozen" : grouped(tensor.count),
    tensor.group ?? "",
    tensor.learningRate === undefined ? "" : String(tensor.learningRate),
  ]);
  const header: Row = ["tensor", "shape", "formula", "trained", "group", "learning rate"];
  const total: Row = ["total", "", "", grouped(plan.trained), "", ""];
  const sums: readonly Row[] = [total, ...frozenRow(plan)];
  const { budget } = plan;
  const widths = columnWidths([header, ...rows, ...sums]);
  // The budget's text runs across shape and formula; where it is longer, the formula's column makes room.
  const spare = widths.shape + gap.length + widths.formula - (budget?.text.length ?? 0);
  const formula = widths.formula - Math.min(0, spare);
  const all = [widths.tensor, widths.shape, formula, widths.trained, widths.group, widths.rate];
  const lines = [header, ...rows, ...sums].map((row) => formatRow(row, all));
  if (budget) {
    const text = budget.text.padEnd(widths.shape + gap.length + formula);
    const count = grouped(budget.count).padStart(widths.trained);
    lines.push(["budget".padEnd(widths.tensor), text, count, verdict(budget)].join(gap));
  }
  return lines;
}

/** The frozen tensors counted apart: nothing of them is trained. */
function frozenRow({ tensors }: Plan): readonly Row[] {
  const frozen = tensors.filter(({ group }) => group === undefined);
  if (frozen.length === 0) return [];
  const count = frozen.reduce((sum, tensor) => sum + tensor.count, 0);
  return [["frozen", "", "", grouped(count), "not trained", ""]];
}

/** The whole page: title, bill, what inference stores, what every example costs more. */
export function renderPlan(plan: Plan): string {
  const { tune, solved, stored, addedPositions, baseline } = plan;
  const note = solved === undefined ? "" : `        ${solved} solved from the budget`;
  const storedCount = stored.reduce((sum, { count }) => sum + count, 0);
  const storedText = [
    ...stored
      .filter(({ weights }) => !weights)
      .map(({ text, folded, shape }) => (folded ? `${text} folded to ${formatShape(shape)}` : text)),
    ...weightsText(plan),
  ];
  const beside = baseline ? `   (${baseline.text}: ${baseline.addedPositions})` : "";
  return [
    `${tune.name}   ${planTitle(plan)}${note}`,
    "",
    ...billLines(plan).map((line) => `  ${line}`),
    "",
    `  stored at inference   ${[...storedText, ...foldedText(plan)].join(", ")}   ${grouped(storedCount)}`,
    ...adapterLines(plan),
    `  added per example     ${grouped(addedPositions)} positions${memoryText(plan)}${beside}`,
    ...keyValueLines(plan),
    ...workLines(plan),
    "",
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

/** This method's work beside the baseline's, at the longest input. */
function workLines({ tune, baseline }: Plan): string[] {
  if (!baseline) return [];
  const { work, step } = baseline;
  const at = `at ${grouped(tune.task.maxTokens.value)} tokens`;
  const ofStack = `${stackOf(tune.backbone).kind} × ${work.toFixed(2)}`;
  const ofStep = step === undefined ? "" : `   training step × ${step.toFixed(2)}`;
  return [`  work beside it        ${ofStack}${ofStep}   ${at}`];
}

/** What generation keeps of the added positions while it writes: a key and a value in every layer that reads them. */
function keyValueLines(plan: Plan): readonly string[] {
  const values = addedKeyValues(plan);
  if (values === 0) return [];
  const kilobytes = (4 * values) / 1e3;
  const amount = kilobytes < 1e3 ? `${kilobytes.toFixed(1)} KB` : `${(kilobytes / 1e3).toFixed(1)} MB`;
  return [`                        ${amount} of keys and values in float32`];
}

/** The backbone's own weights, where the method trains them: stored instead of those that were there. */
function weightsText({ stored, tune: { backbone } }: Plan): readonly string[] {
  const weights = stored.filter((each) => each.weights);
  if (weights.length === 0) return [];
  const count = weights.reduce((sum, each) => sum + each.count, 0);
  if (count === backboneParameters(backbone)) return [`${backbone.name} as a whole, trained`];
  return [`${weights.map(({ text }) => text).join(", ")} instead of the backbone's own`];
}

/** LoRA's products and IA3's factors become part of the weights that are there anyway. */
function foldedText({ graph }: Plan): readonly string[] {
  const folded = foldedIntoBackbone(graph);
  return folded.length === 0 ? [] : [`${folded.join(", ")} folded into the backbone's own weights`];
}

function memoryText({ graph, arguments: values }: Plan): string {
  const rows = memoryRows(graph, values);
  return rows === 0 ? "" : `, and ${grouped(rows)} keys and values in every attention`;
}

/** Beside the folded tensors, what the adapter's file holds, where a frozen tensor makes that another number. */
function adapterLines({ tensors, tune }: Plan): readonly string[] {
  const isFrozen = tensors.some(({ group }) => group === undefined);
  if (!isFrozen) return [];
  const kept = tensors.filter(({ redrawn, count }) => !redrawn && count > 0);
  const count = kept.reduce((sum, tensor) => sum + tensor.count, 0);
  const redrawn = tensors.filter((tensor) => tensor.redrawn).map(({ name }) => name);
  const drawn =
    redrawn.length === 0
      ? ""
      : `   (${redrawn.join(", ")}: nothing, drawn again from the seed ${tune.train.seed.value})`;
  return [`  kept in the adapter   ${kept.map(({ name }) => name).join(", ")}   ${grouped(count)}${drawn}`];
}

type Row = readonly [
  tensor: string,
  shape: string,
  formula: string,
  trained: string,
  group: string,
  rate: string,
];

const gap = "   ";

function columnWidths(rows: readonly Row[]) {
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? "").length));
  return {
    tensor: width(0),
    shape: width(1),
    formula: width(2),
    trained: width(3),
    group: width(4),
    rate: width(5),
  };
}

function formatRow(row: Row, widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return column === 3 ? cell.padStart(width) : cell.padEnd(width); // counts stand under one another
  });
  return cells.join(gap).trimEnd();
}

function verdict({ kind, count, trained }: PlannedBudget): string {
  return kind === "atMost" && trained < count
    ? `${grouped(count - trained)} left`
    : signedPercent(trained, count);
}

export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** Rows of cells as lines of equal columns. */
export function columns(
  rows: readonly (readonly string[])[],
  sides: readonly ("left" | "right")[],
): readonly string[] {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => {
    const cells = sides.map((side, column) => {
      const cell = row[column] ?? "";
      const width = widths[column] ?? 0;
      return side === "right" ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join(gap).trimEnd();
  });
}
