// A curve in characters, for a terminal or a log.

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

const width = 60; // columns
const height = 10; // rows

/** Points as a plot of fixed size; those that share a column are averaged. Empty without points. */
export function plotLine(
  title: string,
  points: readonly PlotPoint[],
  format: (value: number) => string,
): string {
  if (points.length === 0) return "";
  const first = Math.min(...points.map(({ x }) => x));
  const last = Math.max(...points.map(({ x }) => x));
  const cells = Array.from({ length: width }, (): number[] => []);
  for (const { x, y } of points)
    cells[Math.round(((width - 1) * (x - first)) / Math.max(1, last - first))]?.push(y);
  const means = cells.map((ys) => ys.reduce((sum, y) => sum + y, 0) / ys.length);
  const seen = means.filter((mean) => !Number.isNaN(mean));
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const rowOf = (y: number) => Math.round(((height - 1) * (high - y)) / (high - low || 1));
  const labels = [format(high), format(low)];
  const margin = Math.max(...labels.map((label) => label.length));
  const rows = Array.from({ length: height }, (_, row) => {
    const label = row === 0 ? labels[0] : row === height - 1 ? labels[1] : "";
    const marks = means.map((mean) => (!Number.isNaN(mean) && rowOf(mean) === row ? "•" : " ")).join("");
    return `  ${(label ?? "").padStart(margin)} │${marks}`.trimEnd();
  });
  const axis = `  ${" ".repeat(margin)} └${"─".repeat(width)}`;
  const ends = `  ${" ".repeat(margin)}  step ${first}${String(last).padStart(width - 5 - String(first).length)}`;
  return [`  ${title}`, ...rows, axis, ends, ""].join("\n");
}
