// A kernel on trial, and the numbers that trials are made with.

type Call = (...given: never[]) => unknown;

/** A kernel, what it replaces, and what both are called with. */
export interface Trial {
  readonly name: string;
  readonly stock: Call;
  readonly kernel: Call;
  /** Lists of arguments, made when they are asked for: they hold tensors. Few, as each form of a program is compiled at every start. */
  readonly calls: () => readonly (readonly unknown[])[];
  /** Where the two must have the same bits, and not only the same numbers up to rounding. */
  readonly isExact?: true;
  /** Those that only tests try. */
  readonly moreCalls?: () => readonly (readonly unknown[])[];
  /** Puts the kernel in the other's place. */
  readonly install: () => void;
}

/** Numbers in ±1 without a pattern that a wrong index would keep. */
export function wave(size: number, phase: number): Float32Array {
  return Float32Array.from({ length: size }, (_, index) => Math.sin(phase + index * index * 0.37));
}
