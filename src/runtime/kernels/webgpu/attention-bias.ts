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
  const code = `
fn biasAt(example: u32, head: u32, row: u32, key: u32) -> f32 {
  if (key < given.front) { return 0.0; }
  let own = key - given.front;
  var sum = ${buffers[0]}[${place(0)}];
  if (given.parts > 1u) { sum += ${buffers[1]}[given.second + ${place(1)}]; }
  return sum;
}

fn scoreOf(product: f32, example: u32, head: u32, row: u32, key: u32) -> f32 {
  if (row >= given.rows || key >= given.keyRows) { return ${lowest}; }
  return max(product + biasAt(example, head, row, key), ${lowest});
}

fn probabilityOf(product: f32, example: u32, head: u32, row: u32, key: u32, largest: f32, scale: f32) -> f32 {
  if (row >= given.rows || key >= given.keyRows) { return 0.0; }
  // Where all keys are hidden, scores are multiples of 64, and a product that rounds otherwise than before may be in the next one.
  return exp(min(scoreOf(product, example, head, row, key) - largest, 0.0)) * scale;
}`;
  return { uniforms, code };
}
