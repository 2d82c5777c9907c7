import { expect, test } from "vitest";
import { renderSolutions, solutionsSvg } from "../../src/plan/render-solutions.ts";
import { solveBudget } from "../../src/plan/solve.ts";
import { checkText, tuneText } from "../support/check-text.ts";

async function solved(parts: Parameters<typeof tuneText>[0]) {
  const { graphs } = await checkText(tuneText(parts));
  const [graph] = graphs;
  return graph && solveBudget(graph);
}

const t5Base = { width: 768, maxTokens: 256, budget: "parity(prompt_tuning(length = 100))" };

test("every fourth length has an exact rank on T5-base: 4 divides 100 − m, r = 3(100 − m)/4", async () => {
  const found = await solved({ ...t5Base, method: "dept(length = 40, rank = auto)" });
  expect(found?.solutions.map(({ values }) => values)).toEqual(
    Array.from({ length: 26 }, (_, i) => [4 * i, 75 - 3 * i]),
  );
  expect(found?.solutions.every(({ trained }) => trained === 76_800)).toBe(true);
});

// Encoder multiply-adds relative to a 100-token prompt, recomputed for T5-base's dimensions in the method's literature.
test.each([
  [0, 0.705],
  [20, 0.763],
  [40, 0.821],
  [60, 0.88],
  [80, 0.94],
])("at length %i the encoder works × %f", async (length, work) => {
  const text = `
import { t5_base } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { dept, prompt_tuning } from "std/methods"
tune it {
  backbone = t5_base
  task     = gloss_supersense { max_tokens = 256 }
  method   = dept(length = ${length}, rank = auto)
  budget   = parity(prompt_tuning(length = 100))
  group prompt { lr = 0.3 }
  group pair { lr = 5e-4 }
  train { steps = 100 }
}`;
  const { graphs, plans } = await checkText(text);
  const found = graphs[0] && solveBudget(graphs[0]);
  const solution = found?.solutions.find(({ values }) => values[0] === length);
  expect(solution?.work).toBeCloseTo(work, 3);
  expect(plans[0]?.baseline?.work).toBe(solution?.work);
});

test("a budget that is not met is solved all the same", async () => {
  const found = await solved({ ...t5Base, maxTokens: 348, method: "dept(length = 60, rank = 30)" });
  expect(found?.solutions.map(({ values }) => values)).toEqual([
    [7, 64],
    [100, 0],
  ]);
});

test("with a tolerance every length has its nearest rank", async () => {
  const found = await solved({ method: "dept(length = 5, rank = 5)", budget: "exactly(2_688) within 3%" });
  expect(found?.solutions.length).toBeGreaterThan(10);
  expect(found?.solutions.every(({ trained }) => Math.abs(trained - 2688) <= 0.03 * 2688)).toBe(true);
});

test("without a budget, or with one argument, there is nothing to solve", async () => {
  expect(await solved({ method: "dept(length = 5, rank = 5)" })).toBeUndefined();
  const groups = "group prompt { lr = 0.3 }";
  expect(
    await solved({ method: "prompt_tuning(length = 21)", budget: "exactly(2_688)", groups }),
  ).toBeUndefined();
});

test("the table and the plots show every solution", async () => {
  const found = await solved({
    method: "dept(length = 10, rank = auto)",
    budget: "parity(prompt_tuning(length = 21))",
  });
  if (!found) throw new Error("no solutions");
  expect(renderSolutions(found)).toMatchInlineSnapshot(`
    "it   dept(length, rank) at 2,688 parameters (prompt_tuning(length = 21))

      length   rank   trained   stored   positions     work   memory
          10      8     2,688    7,424          10   × 0.83   × 0.82
          21      0     2,688    2,688          21   × 1.00   × 1.00

      work and kept activations of the encoder at 48 tokens, beside prompt_tuning(length = 21)

         8 │                             ●
      rank │
           │
           │
           │
           │
           │
           │
           │
           │
           │
           │
         0 │                                                            ●
           └────────────────────────────────────────────────────────────
            0                                                   length 21
    "
  `);
  expect(solutionsSvg(found).match(/<circle /g)?.length).toBe(found.solutions.length);
});
