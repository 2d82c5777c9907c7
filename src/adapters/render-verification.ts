// Verifications as lines for the terminal.

import { type FindingKind, isSound, type Verification } from "./verification.ts";

const words: Readonly<Record<FindingKind, string>> = {
  incomplete: "incomplete",
  false: "false",
  budget: "over budget",
  note: "note",
};

/** A line for each adapter, its findings below it. */
export function renderVerification(verification: Verification): string {
  const { path, method, base, trained, weights, findings } = verification;
  const count = trained === undefined ? "" : `, ${trained.toLocaleString("en")} trained`;
  const verdict = !weights ? "; no weights, the configuration alone" : isSound(verification) ? ": sound" : "";
  const head = `${path}: ${method} on ${base ?? "an unnamed model"}${count}${verdict}`;
  return [head, ...findings.map(({ kind, text }) => `  ${words[kind]}: ${text}`)].join("\n");
}

/** `17 adapters: 3 incomplete, 1 over budget, none false`; the last line for several. */
export function renderTotals(verifications: readonly Verification[]): string {
  const count = (kind: FindingKind) =>
    verifications.filter(({ findings }) => findings.some((finding) => finding.kind === kind)).length;
  const counted = (["incomplete", "budget", "false"] as const).map(
    (kind) => `${count(kind) || "none"} ${words[kind]}`,
  );
  return `${verifications.length} adapters: ${counted.join(", ")}`;
}
