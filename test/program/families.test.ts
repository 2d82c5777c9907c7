import { expect, test } from "vitest";
import { checkText } from "../support/check-text.ts";

const head = `
import { wordnet_t5 } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { dept, prompt_tuning } from "std/methods"
`;

const compare = `${head}
compare both {
  backbone = wordnet_t5
  task     = gloss_supersense
  budget   = parity(prompt_tuning(length = 21))
  train { steps = 100  seed = 9 }
  leg plain { method = prompt_tuning(length = 21)  group prompt { lr = 0.3 } }
  leg pair { method = dept(length = 10, rank = auto)  group prompt { lr = 0.3 }  group pair { lr = 0.005 } }
}`;

const sweep = `${head}
tune base {
  backbone = wordnet_t5
  task     = gloss_supersense
  method   = dept(length = 10, rank = 8)
  group prompt { lr = 0.3 }
  group pair   { lr = 0.005 }
  train { steps = 100 }
}
sweep points of base { AXES }`;

test("the legs of a comparison share data, seed, steps and evaluation, and meet one budget", async () => {
  const { plans, diagnostics } = await checkText(compare);
  expect(diagnostics).toEqual([]);
  expect(plans.map(({ tune, trained }) => [tune.name, trained])).toEqual([
    ["both/plain", 2688],
    ["both/pair", 2688],
  ]);
  const [plain, pair] = plans;
  expect(pair?.tune.train).toEqual(plain?.tune.train);
  expect(pair?.tune.task).toEqual(plain?.tune.task);
});

test("one leg over the budget refuses the whole comparison", async () => {
  const { plans, diagnostics } = await checkText(
    compare.replace("method = prompt_tuning(length = 21)", "method = prompt_tuning(length = 22)"),
  );
  expect(plans).toEqual([]);
  expect(diagnostics.map(({ code }) => code)).toEqual(["plan/over-budget"]);
});

test("a sweep is the cross product of its axes, each point named by its values", async () => {
  const { plans } = await checkText(sweep.replace("AXES", "method.length in [5, 10] train.seed in [1, 2]"));
  expect(plans.map(({ tune }) => tune.name)).toEqual([
    "base",
    "points/length=5,seed=1",
    "points/length=5,seed=2",
    "points/length=10,seed=1",
    "points/length=10,seed=2",
  ]);
  expect(plans.map(({ arguments: given }) => given.get("length"))).toEqual([10, 5, 5, 10, 10]);
});

// Every kind of path, with what it must have changed.
test.each([
  ["method.rank in [4]", "rank=4", (plan: Plan) => plan.arguments.get("rank"), 4],
  ["method.scale in [2.0]", "scale=2.0", (plan: Plan) => plan.arguments.get("scale"), 2],
  [
    "method in [prompt_tuning(length = 3)]",
    "method=prompt_tuning(length=3)",
    (plan: Plan) => plan.trained,
    384,
  ],
  ["group.pair.lr in [0.1]", "lr=0.1", (plan: Plan) => plan.tensors[1]?.learningRate, 0.1],
  [
    "group.pair.weight_decay in [0.1]",
    "weight_decay=0.1",
    (plan: Plan) => plan.tune.groups[1]?.weightDecay.value,
    0.1,
  ],
  ["train.steps in [7]", "steps=7", (plan: Plan) => plan.tune.train.steps.value, 7],
  ["train.clip in [0.5]", "clip=0.5", (plan: Plan) => plan.tune.train.clip.value, 0.5],
  ["task.max_tokens in [40]", "max_tokens=40", (plan: Plan) => plan.tune.task.maxTokens.value, 40],
  ["backbone.width in [64]", "width=64", (plan: Plan) => plan.tune.backbone.width.value, 64],
])("the axis %s replaces its value", async (axis, name, valueOf, value) => {
  const text = sweep
    .replace("AXES", axis)
    .replace(
      "group pair   { lr = 0.005 }",
      axis.startsWith("method in") ? "" : "group pair   { lr = 0.005 }",
    );
  const { plans } = await checkText(text);
  const plan = plans.find(({ tune }) => tune.name === `points/${name}`);
  expect(plan && valueOf(plan)).toBe(value);
});

type Plan = Awaited<ReturnType<typeof checkText>>["plans"][number];

test("a point that is wrong says which it is", async () => {
  const text = sweep
    .replace("AXES", "method.length in [10, 11]")
    .replace("task     =", "budget   = exactly(2_688)\n  task     =");
  const { plans, diagnostics } = await checkText(text);
  expect(plans.map(({ tune }) => tune.name)).toEqual(["base", "points/length=10"]);
  expect(diagnostics[0]?.related.map(({ message }) => message)).toContain("for points/length=11");
});
