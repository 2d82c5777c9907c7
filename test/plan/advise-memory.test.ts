// What is said where a run does not fit: the memory that costs least time first, then a smaller batch, then both.

import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";
import { adviseMemory } from "../../src/plan/advise-memory.ts";
import { checkMemory } from "../../src/plan/check-device.ts";
import { estimateMemory } from "../../src/plan/memory.ts";

const program = `import { t5_small } from "std/backbones"
import { rte } from "std/tasks/glue"
import { prompt_tuning } from "std/methods"

tune long {
  backbone = t5_small
  task     = rte
  method   = prompt_tuning(length = 256)
  group prompt { lr = 0.3 }
  train {
    steps = 10
    batch = 8
  }
}
`;

async function planOf(text: string) {
  const { plans, diagnostics } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  const [plan] = plans;
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return plan;
}

const device = (bytes: number) => ({ name: "gpu", bytes });
const keep = await planOf(program);
const withRecompute = program.replace("batch = 8", "batch = 8  memory = recompute");
const { total: kept } = estimateMemory(keep);
const total = (memory: "recompute_attention" | "recompute", batch = 8) =>
  estimateMemory(keep, batch, memory).total;

test("each value takes less than the one before it", () => {
  expect(total("recompute_attention")).toBeLessThan(kept);
  expect(total("recompute")).toBeLessThan(total("recompute_attention"));
});

const ownLine = "    batch = 8\n    memory = recompute_attention";
const cases = [
  [
    "the value that costs least time",
    program,
    total("recompute_attention"),
    "recompute_attention",
    undefined,
  ],
  ["the next where that is not enough", program, total("recompute"), "recompute", undefined],
  ["a smaller batch after the last value", withRecompute, total("recompute", 3), undefined, 3],
  ["both where nothing else helps", program, total("recompute", 1), "recompute", 1],
  ["nothing where nothing helps", program, 1e6, undefined, undefined],
] as const;

test.each(cases)(
  "%s is advised, and as a fix that makes the run fit",
  async (_, text, bytes, memory, batch) => {
    const plan = await planOf(text);
    const advice = adviseMemory(plan, device(bytes));
    expect([advice.memory, advice.batch]).toEqual([memory, batch]);

    const found = new Diagnostics();
    checkMemory(plan, device(bytes), found);
    const [problem] = found.inSourceOrder();
    expect([problem?.code, problem?.help]).toEqual(["plan/too-little-memory", advice.text]);
    const fixes = problem?.fixes ?? [];
    expect(fixes).toHaveLength(memory === undefined && batch === undefined ? 0 : 1);
    for (const { edits } of fixes) {
      const fixed = [...edits]
        .sort((a, b) => b.place.span.start - a.place.span.start)
        .reduce(
          (all, { place: { span }, text: put }) => all.slice(0, span.start) + put + all.slice(span.end),
          text,
        );
      expect(estimateMemory(await planOf(fixed)).total).toBeLessThanOrEqual(bytes);
      if (memory === "recompute_attention") expect(fixed).toContain(ownLine);
    }
  },
);

test("a plan that fits is not spoken of", () => {
  const found = new Diagnostics();
  checkMemory(keep, device(kept), found);
  expect(found.inSourceOrder()).toEqual([]);
});
