import { expect, test } from "vitest";
import { checkText, tuneText } from "../support/check-text.ts";

/** The tensors that are said never to move, of a method with this output; A and B begin at zero, C does not. */
async function stuck(output: string, scale = 1): Promise<readonly string[]> {
  const method = `method own(scale: float) {
    param A: [s, d] = zeros()           group pair
    param B: [d, d] = zeros()           group pair
    param C: [d, d] = kaiming_uniform() group pair
    input x: [n, d]
    output ${output}
  }`;
  const groups = "group pair { lr = 5e-3 }";
  const { diagnostics } = await checkText(
    `${tuneText({ method: `own(scale = ${scale})`, groups })}\n${method}`,
  );
  return diagnostics.flatMap(({ code, message }) =>
    code === "plan/never-moves" ? [message.slice(0, message.indexOf(" "))] : [],
  );
}

test("a product of two zeros never moves; one zero is enough to begin with", async () => {
  expect(await stuck("x + (A @ B)[0..n] + x @ C")).toEqual(["A", "B"]);
  expect(await stuck("x + (A @ C)[0..n] + x @ B")).toEqual([]);
});

test("a zero that moves by another way frees what it multiplies", async () => {
  expect(await stuck("x + (A @ B)[0..n] + A[0..n] + x @ C")).toEqual([]);
});

test("a factor of 0 cuts off what it multiplies, a sum does not", async () => {
  expect(await stuck("x + scale * (x @ C) + A[0..n] + x @ B", 0)).toEqual(["C"]);
  expect(await stuck("x + scale * (x @ C) + A[0..n] + x @ B", 0.1)).toEqual([]);
  expect(await stuck("x + 0 * (x @ C) + A[0..n] + x @ B")).toEqual(["C"]);
});

test("what a function makes of zero is not taken for zero", async () => {
  expect(await stuck("x + sigmoid(A[0..n]) @ B + x @ C")).toEqual([]);
});
