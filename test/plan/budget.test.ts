import { expect, test } from "vitest";
import { checkText, tuneText } from "../support/check-text.ts";

const parity = "parity(prompt_tuning(length = 100))";
const t5Base = { width: 768, maxTokens: 256 };

// The published family of T5-base at s = 256: 100 × 768 = 76,800 in every split between prompt and pair.
test.each([
  [0, 75],
  [20, 60],
  [40, 45],
  [60, 30],
  [80, 15],
  [100, 0],
])("dept(length = %i) on T5-base meets 76,800 with rank %i, given or solved", async (length, rank) => {
  const given = await checkText(
    tuneText({ ...t5Base, method: `dept(length = ${length}, rank = ${rank})`, budget: parity }),
  );
  const solved = await checkText(
    tuneText({ ...t5Base, method: `dept(length = ${length}, rank = auto)`, budget: parity }),
  );
  for (const { plans, diagnostics } of [given, solved]) {
    expect(diagnostics).toEqual([]);
    expect(plans[0]?.trained).toBe(76_800);
    expect(plans[0]?.arguments.get("rank")).toBe(rank);
  }
  expect(solved.plans[0]?.solved).toBe("rank");
});

// Counts at the nearest rank below and above, from the parity table of the method's family.
test.each([
  ["T5-small", 512, 0, 66, 50_688, 51_456],
  ["T5-small", 512, 60, 26, 50_688, 51_456],
  ["GPT-2 large", 1280, 20, 66, 126_976, 128_512],
  ["Llama-2 7B", 4096, 60, 37, 406_784, 411_136],
])(
  "%s (d = %i) at length %i: rank %i gives %i, one more %i",
  async (_, width, length, floor, below, above) => {
    const counts = await Promise.all(
      [floor, floor + 1].map(async (rank) => {
        const text = tuneText({ width, maxTokens: 256, method: `dept(length = ${length}, rank = ${rank})` });
        return (await checkText(text)).plans[0]?.trained;
      }),
    );
    expect(counts).toEqual([below, above]);
  },
);

test("79,560 parameters at s = 348 with rank 30 are refused, with exact and near fixes", async () => {
  const text = tuneText({
    width: 768,
    maxTokens: 348,
    method: "dept(length = 60, rank = 30)",
    budget: parity,
  });
  const { plans, diagnostics } = await checkText(text);
  expect(plans).toEqual([]);
  expect(diagnostics.map(({ code }) => code)).toEqual(["plan/over-budget"]);
  expect(diagnostics[0]?.message).toContain("79,560 parameters; the budget is 76,800 (+3.59%)");
  expect(diagnostics[0]?.fixes.length).toBeGreaterThan(1);
});

/** The program with a fix's edits made, later places first. */
function applied(
  text: string,
  fix: {
    readonly edits: readonly {
      readonly place: { span: { start: number; end: number } };
      readonly text: string;
    }[];
  },
): string {
  return [...fix.edits]
    .sort((a, b) => b.place.span.start - a.place.span.start)
    .reduce(
      (result, { place, text: edit }) =>
        result.slice(0, place.span.start) + edit + result.slice(place.span.end),
      text,
    );
}

test.each([
  ["over budget", "dept(length = 60, rank = 30)", parity, { width: 768, maxTokens: 348 }],
  ["no exact rank", "dept(length = 20, rank = auto)", parity, { width: 512, maxTokens: 256 }],
  ["over at_most", "prompt_tuning(length = 30)", "at_most(2_688)", {}],
  ["below exactly", "dept(length = 7, rank = 3)", "exactly(2_688)", {}],
  ["with a tolerance already", "dept(length = 7, rank = 3)", "exactly(2_688) within 1%", {}],
])("every fix of a budget that is not met gives a program that is (%s)", async (_, method, budget, sizes) => {
  const groups = method.startsWith("prompt_tuning") ? "group prompt { lr = 0.3 }" : undefined;
  const text = tuneText({ ...sizes, method, budget, ...(groups ? { groups } : {}) });
  const { diagnostics } = await checkText(text);
  const fixes = diagnostics[0]?.fixes ?? [];
  expect(fixes.length).toBeGreaterThan(0);
  for (const fix of fixes) {
    const mended = await checkText(applied(text, fix));
    expect([fix.title, mended.diagnostics.map(({ message }) => message), mended.plans.length]).toEqual([
      fix.title,
      [],
      1,
    ]);
  }
});

test("auto may be any integer argument, and takes the nearest value inside a tolerance", async () => {
  const length = await checkText(
    tuneText({ method: "dept(length = auto, rank = 8)", budget: "exactly(2_688)" }),
  );
  expect(length.plans[0]?.arguments.get("length")).toBe(10);
  const near = await checkText(
    tuneText({ method: "dept(length = 10, rank = auto)", budget: "exactly(2_700) within 1%" }),
  );
  expect([near.plans[0]?.arguments.get("rank"), near.plans[0]?.trained]).toEqual([8, 2688]);
});

test("at_most takes the largest value that fits", async () => {
  const { plans } = await checkText(
    tuneText({ method: "dept(length = 10, rank = auto)", budget: "at_most(2_700)" }),
  );
  expect(plans[0]?.arguments.get("rank")).toBe(8);
});

test("a share of the backbone counts the backbone's own parameters", async () => {
  // transformers counts 222,903,552 parameters for t5-base (tied table counted once).
  const text = (share: string) => `
import { t5_base } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { prompt_tuning } from "std/methods"
tune it {
  backbone = t5_base
  task     = gloss_supersense
  method   = prompt_tuning(length = 100)
  budget   = at_most(${share} of backbone)
  group prompt { lr = 0.3 }
  train { steps = 100 }
}`;
  const { plans } = await checkText(text("0.1%"));
  expect(plans[0]?.budget?.count).toBe(222_903);
  const tight = await checkText(text("0.03%"));
  expect(tight.diagnostics.map(({ code }) => code)).toEqual(["plan/over-budget"]);
});
