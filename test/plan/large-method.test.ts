import { expect, test } from "vitest";
import { checkText, tuneText } from "../support/check-text.ts";

/** A method whose `count` lets each use the one before it. */
function chain(count: number, step: (before: string) => string): string {
  const lets = Array.from({ length: count }, (_, i) => `let h${i} = ${step(i === 0 ? "x" : `h${i - 1}`)}`);
  const groups = "group prompt { lr = 0.3 }";
  return `${tuneText({ method: "own()", groups })}
method own() {
  param b: [d] = zeros() group prompt
  input x: [n, d]
  ${lets.join("\n  ")}
  output h${count - 1}
}`;
}

test("a method may be longer than the stack is deep", async () => {
  const { plans, diagnostics } = await checkText(chain(6_000, (before) => `${before} + b`));
  expect([plans.length, diagnostics]).toEqual([1, []]);
});

test("a value that is used twice is looked at once", async () => {
  const { plans } = await checkText(chain(64, (before) => `${before} * ${before} + b`));
  expect(plans[0]?.stored.map(({ text }) => text)).toEqual(["b"]);
});
