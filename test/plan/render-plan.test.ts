import { expect, test } from "vitest";
import { renderPlan } from "../../src/plan/render-plan.ts";
import { specHash } from "../../src/plan/spec-hash.ts";
import { checkText, tuneText } from "../support/check-text.ts";

test("the bill lists what is trained, stored and added", async () => {
  const text = tuneText({
    width: 768,
    maxTokens: 256,
    method: "dept(length = 40, rank = auto)",
    budget: "parity(prompt_tuning(length = 100))",
  });
  const { plans } = await checkText(text);
  expect(plans.map(renderPlan).join("")).toMatchInlineSnapshot(`
    "it   dept(length = 40, rank = 45) on wordnet_t5        rank solved from the budget

      tensor   shape       formula           trained   group    learning rate
      P        [40, 768]   length × d         30,720   prompt   0.3
      A        [256, 45]   s × rank           11,520   pair     0.005
      B        [45, 768]   rank × d           34,560   pair     0.005
      total                                   76,800
      budget   prompt_tuning(length = 100)    76,800   equal

      stored at inference   P, A @ B folded to [256, 768]   227,328
      added per example     40 positions   (prompt_tuning(length = 100): 100)
                            81.9 KB of keys and values in float32
      work beside it        encoder × 0.82   training step × 0.82   at 256 tokens
    "
  `);
});

test("what depends on the words cannot be folded: its tensors are stored one by one", async () => {
  const text = tuneText({
    method: "own(length = 4)",
    groups: "group prompt { lr = 0.3 } group offset { lr = 1e-3 }",
  });
  const own = `method own(length: int) {
    param P: [length, d] = vocabulary() group prompt
    param W: [d, d] = zeros() group offset
    param b: [d] = zeros() group offset
    input x: [n, d]
    output concat(P, x + relu(x @ W + b))
  }`;
  const { plans } = await checkText(text + own);
  expect(plans[0]?.stored.map((tensor) => [tensor.text, tensor.folded])).toEqual([
    ["P", false],
    ["W", false],
    ["b", false],
  ]);
});

test("a low-rank prompt is stored as the prompt it folds to", async () => {
  const text = tuneText({
    method: "dpt(length = 20, rank = 2)",
    groups: "group prompt { lr = 0.3 }",
  });
  const { plans } = await checkText(text);
  expect(plans[0]?.trained).toBe(2 * (20 + 128));
  expect(plans[0]?.stored).toEqual([
    { text: "U @ V", folded: true, shape: [20, 128], formula: "length × d", count: 2560 },
  ]);
});

test("the spec's hash changes with what decides the result and with nothing else", async () => {
  const hashOf = async (text: string) => {
    const { plans } = await checkText(text);
    const [plan] = plans;
    return plan && specHash(plan);
  };
  const text = tuneText({ method: "dept(length = 10, rank = 8)", budget: "exactly(2_688)" });
  const first = await hashOf(text);
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await hashOf(text.replace("tune it", "// a comment\ntune it").replaceAll("  ", "    "))).toBe(first);
  expect(await hashOf(text.replace("rank = 8", "rank = 8, scale = 2.0"))).not.toBe(first);
  expect(await hashOf(text.replace("lr = 5e-3", "lr = 4e-3"))).not.toBe(first);
  expect(await hashOf(text.replace("steps = 100", "steps = 100 seed = 43"))).not.toBe(first);
});

test("the spec's hash does not depend on the folder that the compiler runs in", async () => {
  const { check } = await import("../../src/compile.ts");
  const { memoryHost, nodeHost } = await import("../../src/host.ts");
  const text = tuneText({ method: "prompt_tuning(length = 2)", groups: "group prompt { lr = 0.3 }" }).replace(
    "gloss_supersense {",
    'gloss_supersense { train = jsonl("rows/mine.jsonl")',
  );
  const hashes = await Promise.all(
    ["main.dept", "deep/down/main.dept"].map(async (path) => {
      const { plans } = await check(path, memoryHost({ [path]: text }, nodeHost()));
      return plans[0] && specHash(plans[0]);
    }),
  );
  expect(hashes[0]).toMatch(/^sha256:/);
  expect(hashes[1]).toBe(hashes[0]);
});
