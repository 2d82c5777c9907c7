// What a survey of rows is warned of, and that a sound one is not.

import { expect, test } from "vitest";
import { checkRows, type RowFacts } from "../../src/plan/check-rows.ts";
import { checkText, tuneText } from "../support/check-text.ts";

const split = { rows: 4, labels: [1, 1, 1, 1, 1, 1], lengths: { longest: 48 }, empty: 0 };
const classes = ["animal", "plant", "person", "artifact", "food", "place"].map((text) => ({
  text,
  tokens: 2,
}));
const sound: RowFacts = {
  splits: { train: split, validation: split, test: split },
  classes,
  score: "sum",
  shared: [{ of: "test", from: "train", rows: 0, otherLabel: 0 }],
  positional: [{ tensor: "A", rows: 48, trained: 48 }],
};

async function codesOf(facts: RowFacts) {
  const { plans, found, diagnostics } = await checkText(tuneText({ method: "dept(length = 10, rank = 8)" }));
  const [plan] = plans;
  if (!plan) throw new Error("no plan");
  checkRows(plan, facts, found);
  return found
    .inSourceOrder()
    .filter((each) => !diagnostics.includes(each))
    .map(({ code }) => code);
}

test("a sound survey is warned of nothing", async () => {
  expect(await codesOf(sound)).toEqual([]);
});

test("each fact is warned of on its own", async () => {
  const ofTest = (changed: Partial<typeof split>): RowFacts => {
    return { ...sound, splits: { ...sound.splits, test: { ...split, ...changed } } };
  };
  expect(await codesOf(ofTest({ empty: 1 }))).toEqual(["plan/empty-inputs"]);
  expect(await codesOf(ofTest({ labels: [1, 0, 1, 1, 1, 1] }))).toEqual(["plan/class-without-rows"]);
  const shared = [{ of: "test", from: "train", rows: 2, otherLabel: 1 }] as const;
  expect(await codesOf({ ...sound, shared })).toEqual(["plan/shared-rows"]);
  const positional = [{ tensor: "A", rows: 48, trained: 30 }];
  expect(await codesOf({ ...sound, positional })).toEqual(["plan/untrained-rows"]);
  const unequal = classes.with(0, { text: "animal", tokens: 3 });
  expect(await codesOf({ ...sound, classes: unequal })).toEqual(["plan/unequal-texts"]);
  expect(await codesOf({ ...sound, classes: unequal, score: "mean" })).toEqual([]);
});
