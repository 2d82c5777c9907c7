// Neighbouring lines of one kind stand in columns: settings at their "=", parameters, imports, one-line groups.
//
// Widths come from the tree alone, never from how a line happens to be broken; so a formatted file stays as it is.

import type { Axis, Field, GroupBlock, Import, Node, ParameterDeclaration } from "../syntax/ast.ts";
import { holdsComments } from "./comments.ts";
import { flatAnnotation, flatGroup, flatImport, flatList, flatText } from "./flat-text.ts";

/** By node, the spaces to put behind each of its cells. */
export type Columns = ReadonlyMap<Node, readonly number[]>;

interface Layout {
  readonly source: string;
  /** What is left of the line at the items' indentation. */
  readonly width: number;
}

/** Pads of all items that stand in one block. */
export function columnsOf(items: readonly Node[], layout: Layout): Columns {
  const columns = new Map<Node, readonly number[]>();
  for (const run of runs(items, layout.source)) {
    for (const [node, pads] of alignRun(run, layout)) columns.set(node, pads);
  }
  return columns;
}

/** Was there a blank line right behind the line on which this item ends? */
export function blankBehind(item: Node, next: Node, source: string): boolean {
  return /^[^\n]*\n[ \t\r]*\n/.test(source.slice(item.span.end, next.span.start));
}

/** Neighbours of one kind without a blank line between them. */
function runs(items: readonly Node[], source: string): Node[][] {
  const found: Node[][] = [];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    const joins = before?.kind === item.kind && !blankBehind(before, item, source);
    if (joins) found.at(-1)?.push(item);
    else found.push([item]);
  }
  return found;
}

function alignRun(run: readonly Node[], layout: Layout): Columns {
  switch (run[0]?.kind) {
    case "Field":
      return padded((run as Field[]).map((node) => ({ node, cells: [node.name.text] })));
    case "Axis":
      return padded(
        (run as Axis[]).map((node) => ({ node, cells: [node.path.map(({ text }) => text).join(".")] })),
      );
    case "ParameterDeclaration":
      return alignParameters(run as ParameterDeclaration[], layout);
    case "Import":
      return alignWhole(run as Import[], layout, (node) => [
        flatImport(node),
        ` from ${sliceOf(node.from, layout.source)}`,
      ]);
    case "GroupBlock":
      return alignWhole(
        (run as GroupBlock[]).filter((node) => onOneLine(node, layout.source)),
        layout,
        (node) => {
          const all = flatGroup(node, layout.source);
          const head = `group ${node.name.text}`;
          return [head, all.slice(head.length)];
        },
      );
    default:
      return new Map();
  }
}

/** Two cells to a line; the second ones line up if every line that fits still does. */
function alignWhole<Item extends Node>(
  run: readonly Item[],
  layout: Layout,
  cellsOf: (node: Item) => readonly [string, string],
): Columns {
  const rows = run
    .filter((node) => !holdsComments(node))
    .map((node) => ({ node, cells: cellsOf(node) }))
    .filter(({ cells }) => cells.join("").length <= layout.width);
  return fitting(rows, layout, 1) ?? new Map();
}

function alignParameters(run: readonly ParameterDeclaration[], layout: Layout): Columns {
  const rows = run
    .filter((node) => !holdsComments(node))
    .map((node) => ({ node, cells: parameterCells(node, layout.source) }))
    .filter(({ cells }) => cells.join("").length <= layout.width);
  return fitting(rows, layout, 3) ?? fitting(rows, layout, 2) ?? new Map();
}

function parameterCells(node: ParameterDeclaration, source: string): string[] {
  const annotations = node.annotations.map((annotation) => ` ${flatAnnotation(annotation, source)}`).join("");
  const initial = ` = ${flatText(node.initial, null, source)}`;
  const shape = ` ${flatList(node.shape, source)}`;
  return [`param ${node.name.text}:`, shape, initial, annotations];
}

interface Row {
  readonly node: Node;
  readonly cells: readonly string[];
}

/** The pads of the first `count` cells, or none if they push a line over the edge. */
function fitting(rows: readonly Row[], { width }: Layout, count: number): Columns | undefined {
  const columns = padded(
    rows.map(({ node, cells }) => ({ node, cells: cells.slice(0, count) })),
    rows,
  );
  const sum = (pads: readonly number[] | undefined) => (pads ?? []).reduce((total, pad) => total + pad, 0);
  const fits = rows.every(({ node, cells }) => cells.join("").length + sum(columns.get(node)) <= width);
  return fits ? columns : undefined;
}

/** No spaces behind a line's last cell. `whole` has all the cells, where `rows` holds only those to pad. */
function padded(rows: readonly Row[], whole: readonly Row[] = []): Columns {
  const widest: number[] = [];
  for (const { cells } of rows) {
    for (const [column, cell] of cells.entries()) widest[column] = Math.max(widest[column] ?? 0, cell.length);
  }
  const endsLine = (row: number, column: number) =>
    whole[row] !== undefined && (whole[row].cells[column + 1] ?? "") === "";
  return new Map(
    rows.map(({ node, cells }, row) => [
      node,
      cells.map((cell, column) => (endsLine(row, column) ? 0 : (widest[column] ?? 0) - cell.length)),
    ]),
  );
}

/** Did the writer keep the block on one line? */
export function onOneLine(node: GroupBlock, source: string): boolean {
  const first = node.fields[0];
  return first !== undefined && !source.slice(node.name.span.end, first.span.start).includes("\n");
}

function sliceOf({ span }: Node, source: string): string {
  return source.slice(span.start, span.end);
}
