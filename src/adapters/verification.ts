// What was found about one adapter: its configuration held against the tensors of its file.

/**
 * - `incomplete`: something that was trained is not in the file.
 * - `false`: the file and what is said of it contradict each other, or values that cannot be right.
 * - `budget`: more was trained than the baseline has.
 * - `note`: nothing wrong, but worth knowing.
 */
export type FindingKind = "incomplete" | "false" | "budget" | "note";

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

export interface Verification {
  /** The folder or file, as it was named. */
  readonly path: string;
  readonly format: "dept" | "peft" | "dept-authors";
  /** The method by its configuration's own name. */
  readonly method: string;
  readonly base: string | undefined;
  /** Numbers trained, by the configuration; undefined where it does not fix them. */
  readonly trained: number | undefined;
  /** Whether there were weights to look at, or the configuration alone. */
  readonly weights: boolean;
  readonly findings: readonly Finding[];
}

/** Whether the adapter holds what its configuration trained, within its budget. */
export function isSound({ findings }: Verification): boolean {
  return findings.every(({ kind }) => kind === "note");
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** Numbers in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
