// Puts our kernels into the webgpu backend, each one only where it agrees with what it replaces.

import { tf, type Tensor } from "../../backends/tensorflow.ts";
import { messageOf } from "../../operational-error.ts";
import { watched } from "./dispatch.ts";
import { trials, type Trial } from "./trials.ts";

/** Largest difference that is taken for rounding, relative to the largest value. */
const tolerance = 1e-4;

/** To be called once, with the webgpu backend running. Answers a warning for every kernel that was left out. */
export async function installWebgpuKernels(
  candidates: readonly Trial[] = trials,
): Promise<readonly string[]> {
  // All are encoded before the first is waited for.
  const begun = candidates.map((candidate) => ({ candidate, outcome: tryOut(candidate) }));
  const warnings: string[] = [];
  for (const { candidate, outcome } of begun) {
    const complaint = await outcome;
    if (complaint === undefined) candidate.install();
    else warnings.push(`the kernel for ${candidate.name} is left out: ${complaint}`);
  }
  return warnings;
}

/** Why the kernel may not be used, if so. */
async function tryOut({ stock, kernel, calls, isExact }: Trial): Promise<string | undefined> {
  let pairs: readonly Answers[];
  try {
    const { answer, refusal } = watched(() => tidied(() => answersOf(stock, kernel, calls())));
    pairs = answer;
    const refused = await refusal;
    if (refused !== undefined) {
      tf.dispose(pairs as unknown as Tensor[]);
      return refused;
    }
  } catch (error) {
    return messageOf(error);
  }
  const differences = await Promise.all(pairs.map(differenceOf));
  tf.dispose(pairs as unknown as Tensor[]);
  const largest = differences.reduce((most, each) => (each <= most ? most : each), 0); // keeps a NaN
  return largest === 0 || (!isExact && largest < tolerance)
    ? undefined
    : `it differs by ${largest.toExponential(1)}`;
}

/** The pairs without what was made on the way to them. */
function tidied(make: () => Answers[]): readonly Answers[] {
  return tf.tidy(make as unknown as () => Tensor) as unknown as readonly Answers[];
}

/** One answer of a call by the composition and by the kernel. */
type Answers = {
  readonly expected: Tensor;
  readonly found: Tensor | undefined;
};

function answersOf(
  stock: (...given: never[]) => unknown,
  kernel: (...given: never[]) => unknown,
  calls: readonly (readonly unknown[])[],
): Answers[] {
  return calls.flatMap((given) => {
    const found = tensorsOf(kernel(...(given as never[])));
    return tensorsOf(stock(...(given as never[]))).map((expected, index) => ({
      expected,
      found: found[index],
    }));
  });
}

/** All tensors of an answer, in the order of their names. */
export function tensorsOf(answer: unknown): readonly Tensor[] {
  if (answer instanceof tf.Tensor) return [answer];
  if (typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, part]) => tensorsOf(part));
}

/** Largest difference over the largest value; NaN where either is none, Infinity where shapes differ. */
async function differenceOf({ expected, found }: Answers): Promise<number> {
  if (found?.shape.join() !== expected.shape.join()) return Infinity;
  const [values, others] = await Promise.all([expected.data(), found.data()]);
  let [largest, difference] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    largest = Math.max(largest, Math.abs(value));
    const here = Math.abs(value - (others[index] ?? NaN));
    difference = here <= difference ? difference : here;
  }
  return difference / largest;
}
