import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkText } from "../support/check-text.ts";

const files = ["glue", "superglue", "others", "mrqa"];
const tasks = files.flatMap((file) => {
  const source = readFileSync(`stdlib/tasks/${file}.dept`, "utf8");
  return [...source.matchAll(/^task (\w+)/gm)].map((match) => [match[1] ?? "", file] as const);
});

/** What using a task is warned of, because the published runs did so. */
const warned: Readonly<Record<string, readonly string[]>> = {
  winogrande_as_released: ["program/template-repeats"],
  hotpot_qa: ["program/validation-from-train"],
};

test.each(tasks)("%s is sound, and the table of tasks has it", async (task, file) => {
  const { plans, diagnostics } = await checkText(`import { wordnet_t5 } from "std/backbones"
import { ${task} } from "std/tasks/${file}"
import { prompt_tuning } from "std/methods"
tune it {
  backbone = wordnet_t5
  task     = ${task}
  method   = prompt_tuning(length = 4)
  group prompt { lr = 0.3 }
  train { steps = 10 }
}`);
  const expected = warned[task] ?? [];
  expect(diagnostics.map(({ code }) => code)).toEqual(expected);
  expect(plans).toHaveLength(1);
  expect(readFileSync("docs/tasks.md", "utf8")).toContain(`| \`${task}\` | \`std/tasks/${file}\` |`);
});

test("the seventeen text tasks of classes are there, one of them twice, and five that are written", () => {
  expect(tasks).toHaveLength(18 + 5);
});

test("the tasks on pictures are declared, and refused with the reason", async () => {
  const names = [...readFileSync("stdlib/tasks/vision.dept", "utf8").matchAll(/^task (\w+)/gm)].map(
    ([, name = ""]) => name,
  );
  expect(names).toEqual(["vqa_v2", "coco_captions"]);
  for (const name of names) {
    const { diagnostics } = await checkText(`import { wordnet_t5 } from "std/backbones"
import { prompt_tuning } from "std/methods"
import { ${name} } from "std/tasks/vision"
tune it { backbone = wordnet_t5 task = ${name} method = prompt_tuning(length = 4) group prompt { lr = 0.3 } train { steps = 10 } }`);
    expect(diagnostics.map(({ code }) => code)).toEqual(["program/unsupported-task"]);
    expect(diagnostics[0]?.message).toContain("reads pictures");
    expect(readFileSync("docs/tasks.md", "utf8")).toContain(`\`${name}\``);
  }
});

const task = (train: string, validation: string) => `import { wordnet_t5 } from "std/backbones"
import { prompt_tuning } from "std/methods"
task t {
  train = ${train}
  validation = ${validation}
  test = csv("c.csv")
  input = "{text}"
  target = choice("label", ["a", "b"])
  max_tokens = 16
}
tune it { backbone = wordnet_t5 task = t method = prompt_tuning(length = 4) group prompt { lr = 0.3 } train { steps = 10 } }`;

test.each([
  [
    'shuffled(csv("a.csv"), after = 50%)',
    'shuffled(csv("a.csv"), first = 50%)',
    ["program/validation-from-train"],
  ],
  [
    'shuffled(csv("a.csv"), after = 10)',
    'shuffled(csv("a.csv"), first = 5)',
    ["program/validation-from-train"],
  ],
  [
    'shuffled(csv("a.csv"), after = 5)',
    'shuffled(csv("a.csv"), first = 10)',
    ["program/evaluates-training-data"],
  ],
  [
    'shuffled(csv("a.csv"), after = 5)',
    'shuffled(csv("a.csv"), first = 5%)',
    ["program/evaluates-training-data"],
  ],
  ['csv("a.csv")', 'shuffled(csv("a.csv"), first = 5)', ["program/evaluates-training-data"]],
  ['csv("a.csv")', 'shuffled(csv("b.csv"), first = 5)', []],
  ['csv("a.csv")', 'shuffled(csv("b.csv"), first = 5, after = 6)', ["program/wrong-value"]],
  ['csv("a.csv")', 'shuffled(csv("b.csv"), first = 120%)', ["program/wrong-value"]],
  ['csv("a.csv")', 'shuffled(csv("b.csv"))', ["program/missing-argument"]],
])("trained on %s and validated on %s: parts that overlap are reported", async (train, validation, codes) => {
  const { diagnostics } = await checkText(task(train, validation));
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
});
