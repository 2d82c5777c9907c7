// WGSL of what is added to attention's scores, read from its parts where they lie, and of the probabilities made of it.

/** Stands for what must not be attended to: drivers may take it for granted that no number is infinite. */
export const lowest = "-3.4e38";

const steps = ["example", "head", "row", "key"] as const;

/**
 * `score` and `probability` of one pair of a row and a key. Two parts of the bias at most, each in the buffer of the given name; a
 * part's step is 0 along an axis that it repeats, and the second may begin further on in the same buffer.
 */
export function attendedBias(buffers: readonly [first: string, second: string]) {
  const stepsOf = (part: number) => steps.map((axis) => `${axis}Step${part}`);
  const uniforms: Record<string, "u32"> = { front: "u32", parts: "u32", second: "u32" };
  for (const name of [...stepsOf(0), ...stepsOf(1)]) uniforms[name] = "u32";
  const place = (part: number) =>
    steps.map((axis) => `${axis === "key" ? "own" : axis} * given.${axis}Step${part}`).join(" + ");
  // Without branches: a driver compiles these once for each pair that a thread has, and for it a branch is dearer than a read in vain.
  const code = `
fn isOutside(row: u32, key: u32) -> bool { return row >= given.rows || key >= given.keyRows; }

fn biasAt(example: u32, head: u32, anyRow: u32, anyKey: u32) -> f32 {
  let row = min(anyRow, given.rows - 1u);
  let key = min(anyKey, given.keyRows - 1u);
  let own = max(key, given.front) - given.front;
  let first = ${buffers[0]}[${place(0)}];
  let second = ${buffers[1]}[given.second + ${place(1)}];
  return select(first + select(0.0, second, given.parts > 1u), 0.0, key < given.front);
}

fn scoreOf(product: f32, example: u32, head: u32, row: u32, key: u32) -> f32 {
  return select(max(product + biasAt(example, head, row, key), ${lowest}), ${lowest}, isOutside(row, key));
}

fn probabilityOf(product: f32, example: u32, head: u32, row: u32, key: u32, largest: f32, scale: f32) -> f32 {
  // Where all keys are hidden, scores are multiples of 64, and a product that rounds otherwise than before may be in the next one.
  let probability = exp(min(scoreOf(product, example, head, row, key) - largest, 0.0)) * scale;
  return select(probability, 0.0, isOutside(row, key));
}`;
  return { uniforms, code };
}
