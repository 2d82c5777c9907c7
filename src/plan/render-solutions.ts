// The solutions of a budget as a table with a plot, and as an SVG.

import type { BudgetSolution, BudgetSolutions } from "./solve.ts";
import { columns, grouped } from "./render-plan.ts";

const plotHeight = 12;
const plotWidth = 60;

/** A line for each solution, and the second argument drawn over the first. */
export function renderSolutions(solved: BudgetSolutions): string {
  const { graph, arguments: names, budget, comparedWith, solutions } = solved;
  const { tune, method } = graph;
  const s = grouped(tune.task.maxTokens.value);
  const title = `${tune.name}   ${method.method.name}(${names.join(", ")}) at ${grouped(budget.count)} parameters (${budget.text})`;
  if (solutions.length === 0) return `${title}\n\n  no whole numbers meet it\n`;
  const header = [...names, "trained", "stored", "positions", "work", "memory"];
  const rows = solutions.map((solution) => [
    ...solution.values.map(grouped),
    grouped(solution.trained),
    grouped(solution.stored),
    grouped(solution.addedPositions),
    `× ${solution.work.toFixed(2)}`,
    `× ${solution.memory.toFixed(2)}`,
  ]);
  const table = columns(
    [header, ...rows],
    header.map(() => "right" as const),
  );
  const note = `work and kept activations of the encoder at ${s} tokens, beside ${comparedWith}`;
  const lines = [title, "", ...table, "", note, "", ...plot(solved)];
  return lines.map((line) => (line === title || line === "" ? line : `  ${line}`)).join("\n") + "\n";
}

function plot({ arguments: [first, second], solutions }: BudgetSolutions): readonly string[] {
  const { widest, highest } = extent(solutions);
  const cells = Array.from({ length: plotHeight + 1 }, () => Array<string>(plotWidth + 1).fill(" "));
  for (const { values } of solutions) {
    const column = Math.round((values[0] / widest) * plotWidth);
    const row = plotHeight - Math.round((values[1] / highest) * plotHeight);
    const line = cells[row];
    if (line) line[column] = "●";
  }
  const margin = Math.max(second.length, grouped(highest).length);
  const labels = cells.map((_, row) =>
    row === 0 ? grouped(highest) : row === plotHeight ? "0" : row === 1 ? second : "",
  );
  const body = cells.map((line, row) =>
    `${(labels[row] ?? "").padStart(margin)} │${line.join("")}`.trimEnd(),
  );
  const axis = `${" ".repeat(margin)} └${"─".repeat(plotWidth)}`;
  const end = `${" ".repeat(margin)}  0${`${first} ${grouped(widest)}`.padStart(plotWidth)}`;
  return [...body, axis, end];
}

function extent(solutions: readonly BudgetSolution[]): { readonly widest: number; readonly highest: number } {
  return {
    widest: Math.max(1, ...solutions.map(({ values }) => values[0])),
    highest: Math.max(1, ...solutions.map(({ values }) => values[1])),
  };
}

/** The same plot for a page: solutions as points, work as their shade. */
export function solutionsSvg({
  arguments: [first, second],
  budget,
  solutions,
  graph,
}: BudgetSolutions): string {
  const { widest, highest } = extent(solutions);
  const [left, top, width, height] = [64, 40, 560, 300];
  const x = (value: number) => (left + (value / widest) * width).toFixed(1);
  const y = (value: number) => (top + height - (value / highest) * height).toFixed(1);
  const works = solutions.map(({ work }) => work);
  const [least, most] = [Math.min(...works), Math.max(...works)];
  const points = solutions.map(({ values, work }) => {
    const shade = most > least ? (work - least) / (most - least) : 0;
    const title = `${first} = ${values[0]}, ${second} = ${values[1]}, work × ${work.toFixed(2)}`;
    const fill = `hsl(${Math.round(170 - 150 * shade)} 60% 40%)`;
    return `  <circle cx="${x(values[0])}" cy="${y(values[1])}" r="4" fill="${fill}"><title>${escape(title)}</title></circle>`;
  });
  const caption = `${graph.tune.name}: every whole (${first}, ${second}) at ${grouped(budget.count)} parameters`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 400" font-family="system-ui, sans-serif" font-size="12">
  <rect width="660" height="400" fill="#fff"/>
  <text x="${left}" y="22" font-size="14" font-weight="600">${escape(caption)}</text>
  <path d="M${left} ${top}V${top + height}H${left + width}" fill="none" stroke="#999"/>
  <text x="${left - 8}" y="${top + 4}" text-anchor="end">${grouped(highest)}</text>
  <text x="${left - 8}" y="${top + height + 4}" text-anchor="end">0</text>
  <text x="${left + width}" y="${top + height + 18}" text-anchor="end">${grouped(widest)}</text>
  <text x="${left + width / 2}" y="${top + height + 34}" text-anchor="middle">${escape(first)}</text>
  <text x="20" y="${top + height / 2}" text-anchor="middle" transform="rotate(-90 20 ${top + height / 2})">${escape(second)}</text>
${points.join("\n")}
</svg>
`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
