import { expect, test } from "vitest";
import { answerOf, freeText } from "../../../src/runtime/data/free-text.ts";
import { stubTokenizer } from "../../support/stub-backbone.ts";

const row = (fields: Readonly<Record<string, unknown>>) => ({ place: "line 3", fields });
const answer = (fields: Readonly<Record<string, unknown>>, template = "{answers}", maxTokens = 8) =>
  answerOf(row(fields), freeText(template, { maxTokens }), stubTokenizer);

test("a field that is a list gives a reference for each item, and the first is what is learned", () => {
  const { ids, references } = answer({ answers: ["red1 red2", "red"] });
  expect(references).toEqual(["red1 red2", "red"]);
  expect(ids).toEqual(stubTokenizer.encodeTarget("red1 red2").ids);
  expect(ids.at(-1)).toBe(stubTokenizer.endId);
});

test("a template around a list, a list inside a field, and other fields beside it", () => {
  const fields = { answers: { text: ["red", "blue"] }, unit: "dogs" };
  expect(answer(fields, "{answers.text} {unit}").references).toEqual(["red dogs", "blue dogs"]);
  expect(answer({ "answers.text": "green" }, "{answers.text}").references).toEqual(["green"]);
});

test("an answer longer than it may be is cut and still ends", () => {
  const { ids, references } = answer({ answers: "red1 red2 red3" }, "{answers}", 3);
  expect(ids).toEqual([...stubTokenizer.encodeTarget("red1 red2").ids]);
  expect(references).toEqual(["red1 red2 red3"]);
});

test.each([
  [{ answers: [] }, "{answers}", "line 3: no answer; a list of answers needs at least one"],
  [{ a: ["x"], b: ["y"] }, "{a} {b}", "line 3: a and b are lists; of a target's fields one may be"],
  [{ answers: [{}] }, "{answers}", 'line 3: field "answers" is an object'],
  [{ answers: { text: "x" } }, "{answers.words}", 'line 3: no field "answers.words"'],
])("%j in %s is refused with its place", (fields, template, message) => {
  expect(() => answer(fields, template)).toThrow(message);
});
