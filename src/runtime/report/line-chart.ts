// A line chart as inline SVG, coloured by the page's style sheet.

import { markup, type Markup } from "./markup.ts";
import { roundTicks } from "./ticks.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  /** Class of the style sheet: `raw`, `main` or `second`. */
  readonly style: string;
  readonly points: readonly Point[];
  /** What hovering says of a point; without it nothing can be hovered. */
  readonly describe?: (point: Point) => string;
  /** Every point gets a dot; otherwise dots show only when hovered. */
  readonly dots?: boolean;
}

export interface LineChart {
  /** Read out instead of the picture. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly series: readonly Series[];
  /** End of the horizontal axis, which begins at 0. */
  readonly xEnd: number;
  /** Values the vertical axis must show besides the points. */
  readonly include?: readonly number[];
  /** Largest value the vertical axis may show. */
  readonly ceiling?: number;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** A dashed line across, with a label at its right end. */
  readonly reference?: { readonly y: number; readonly label: string };
  /** A point that is pointed out. */
  readonly mark?: Point & { readonly label: string };
  readonly yTicks?: number;
}

/** Pixel positions of a chart's values. */
interface Scale {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

/** A drawing that fills its container's width; text keeps its size relative to the drawing. */
export function lineChart(chart: LineChart): Markup {
  const { width, height, title, series, reference, mark, formatY } = chart;
  const values = series.flatMap(({ points }) => points.map(({ y }) => y)).concat(chart.include ?? []);
  const yTicks = roundTicks(smallest(values), largest(values), chart.yTicks ?? 4);
  const top = Math.min(yTicks.at(-1) ?? 1, chart.ceiling ?? Infinity);
  const bottom = yTicks[0] ?? 0;
  const left = 14 + 6.6 * Math.max(...yTicks.map((tick) => formatY(tick).length));
  const scale: Scale = {
    left,
    right: width - 14,
    bottom: height - 26,
    x: (value) => left + ((width - 14 - left) * value) / chart.xEnd,
    y: (value) => height - 26 - ((height - 40) * (value - bottom)) / (top - bottom || 1),
  };
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
${axes(
  chart,
  scale,
  yTicks.filter((tick) => tick <= top),
)}
${reference && referenceLine(reference, scale)}
${series.map((one) => seriesLine(one, scale))}
${mark && markPoint(mark, scale)}
${series.flatMap((one) => seriesDots(one, scale))}
</svg>`;
}

function axes(
  { xEnd, formatX, formatY, width }: LineChart,
  scale: Scale,
  yTicks: readonly number[],
): Markup[] {
  const { left, right, bottom } = scale;
  const xTicks = roundTicks(0, xEnd, Math.max(2, Math.floor(width / 90)), true).filter(
    (tick) => tick <= xEnd,
  );
  return [
    ...yTicks.map(
      (
        tick,
      ) => markup`<line class="grid" x1="${round(left)}" x2="${right}" y1="${round(scale.y(tick))}" y2="${round(scale.y(tick))}"/>
<text class="tick" x="${round(left - 7)}" y="${round(scale.y(tick) + 3.5)}" text-anchor="end">${formatY(tick)}</text>`,
    ),
    ...xTicks.map(
      (
        tick,
      ) => markup`<line class="axis" x1="${round(scale.x(tick))}" x2="${round(scale.x(tick))}" y1="${bottom}" y2="${bottom + 4}"/>
<text class="tick" x="${round(scale.x(tick))}" y="${bottom + 17}" text-anchor="middle">${formatX(tick)}</text>`,
    ),
    markup`<line class="axis" x1="${round(left)}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
  ];
}

function referenceLine({ y, label }: { readonly y: number; readonly label: string }, scale: Scale): Markup {
  const at = round(scale.y(y));
  return markup`<line class="reference" x1="${round(scale.left)}" x2="${scale.right}" y1="${at}" y2="${at}"/>
<text class="note" x="${scale.right}" y="${at - 6}" text-anchor="end">${label}</text>`;
}

function seriesLine({ style, points }: Series, scale: Scale): Markup {
  const path = thin(points, 1_000).map(({ x, y }) => `${round(scale.x(x))},${round(scale.y(y))}`);
  return markup`<polyline class="line ${style}" points="${path.join(" ")}"/>`;
}

function seriesDots({ style, points, describe, dots }: Series, scale: Scale): Markup[] {
  if (describe === undefined) return [];
  const stride = dots === true ? 1 : Math.max(1, Math.floor(points.length / 80));
  return points
    .filter((_, index) => index % stride === 0 || index === points.length - 1)
    .map((point) => {
      const [x, y] = [round(scale.x(point.x)), round(scale.y(point.y))];
      const shown =
        dots === true ? markup`<circle class="dot ${style}" cx="${x}" cy="${y}" r="3.2"/>` : undefined;
      return markup`<g class="hover">${shown}<circle class="target" cx="${x}" cy="${y}" r="9"/><circle class="dot ${style} ring" cx="${x}" cy="${y}" r="4"/><title>${describe(point)}</title></g>`;
    });
}

function markPoint({ x, y, label }: Point & { readonly label: string }, scale: Scale): Markup {
  const [px, py] = [round(scale.x(x)), round(scale.y(y))];
  const late = px > (scale.left + scale.right) / 2;
  return markup`<circle class="mark" cx="${px}" cy="${py}" r="7"/>
<text class="note strong" x="${late ? px + 7 : px - 7}" y="${py + 22}" text-anchor="${late ? "end" : "start"}">${label}</text>`;
}

/** At most about `most` points that keep every peak: the lowest and the highest of each stretch, in their order. */
export function thin(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const stretch = Math.ceil((2 * points.length) / most);
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const byHeight = part.toSorted((a, b) => a.y - b.y);
    const ends = [byHeight[0], byHeight.at(-1)].filter((point) => point !== undefined);
    kept.push(...ends.sort((a, b) => a.x - b.x));
  }
  return kept;
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
