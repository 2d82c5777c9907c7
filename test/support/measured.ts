// A comparison with an outside reference: asserted here, and listed on docs/fidelity.md by `npm run fidelity`.

import { appendFileSync, readFileSync } from "node:fs";
import { expect } from "vitest";

export interface Comparison {
  /** What is compared, and on which backend where it matters: "T5 1.0, logits, wasm". */
  readonly what: string;
  /** Who made the other numbers. */
  readonly against: string;
  /** The largest difference that passes. */
  readonly tolerance: number;
}

/** The row of the page without its last cell, the figure, which differs in its last digits from machine to machine. */
export function rowOf({ what, against, tolerance }: Comparison): string {
  return `| ${what} | ${against} | ${figure(tolerance)} |`;
}

/** `1.3e-6`; a difference of nothing is `0`. */
export function figure(value: number): string {
  return value === 0 ? "0" : value.toExponential(1).replace(".0e", "e");
}

/**
 * The figure is within its tolerance, and the page has the comparison. Where `npm run fidelity` measures, it is noted in
 * the file that DEPT_FIDELITY names, and the page is what is being made.
 */
export function measured(comparison: Comparison, found: number): void {
  const { what, tolerance } = comparison;
  expect(found, `${what}: ${figure(found)}, tolerance ${figure(tolerance)}`).toBeLessThanOrEqual(tolerance);
  if (/, (webgpu|node|node-gpu)$/.test(what)) return; // the page is of the backends that every machine has
  const notes = process.env["DEPT_FIDELITY"];
  if (notes !== undefined)
    return appendFileSync(notes, `${JSON.stringify({ row: rowOf(comparison), found: figure(found) })}\n`);
  const page = readFileSync("docs/fidelity.md", "utf8").replaceAll(/ +/g, " ");
  expect(page.includes(rowOf(comparison)), `${what} is not on docs/fidelity.md: npm run fidelity`).toBe(true);
}

/** Several figures of one subject: "T5 1.0, logits, wasm" and so on. */
export function measuredAll(
  subject: string,
  backend: string,
  against: string,
  tolerance: number,
  found: Readonly<Record<string, number>>,
): void {
  for (const [name, difference] of Object.entries(found))
    measured({ what: `${subject}, ${name}, ${backend}`, against, tolerance }, difference);
}
