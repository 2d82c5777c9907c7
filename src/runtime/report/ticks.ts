// Round numbers for an axis.

/**
 * Ascending multiples of 1, 2, 2.5 or 5 times a power of ten that cover `low` to `high`, about `wanted` of them. `whole` keeps them
 * whole, for axes that count.
 */
export function roundTicks(low: number, high: number, wanted: number, whole = false): number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const candidates = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .filter((size) => !whole || Number.isInteger(size));
  const interval = candidates.find((size) => size >= rough * 0.999) ?? 1;
  const first = Math.floor(low / interval + 1e-9);
  const last = Math.ceil(high / interval - 1e-9);
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, index) =>
    Number(((first + index) * interval).toPrecision(12)),
  );
}
