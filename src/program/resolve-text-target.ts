// A target that is free text: `text("{answer}", max_tokens = 32)`.

import type { Call } from "../syntax/ast.ts";
import type { TextTarget } from "./program.ts";
import { argumentsOf, integer, number, wrongValue } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";
import { template as readTemplate } from "./template.ts";

/** `text("{answer}", max_tokens = 32, beams = 4, length_penalty = 1)`; greedy without beams. */
export function readTextTarget(call: Call, context: Context): TextTarget | undefined {
  const given = argumentsOf(call, context, ["template", "max_tokens", "beams", "length_penalty"]);
  const value = (name: string) => given.get(name)?.value;
  const missing = ["template", "max_tokens"].find((each) => !given.has(each));
  const [written, most, count, penalty] = [
    value("template"),
    value("max_tokens"),
    value("beams"),
    value("length_penalty"),
  ];
  if (!written || !most) {
    const parameters = { callee: call.callee.text, name: missing ?? "template" };
    context.found.report("program/missing-argument", placeOf(context, call), parameters);
    return undefined;
  }
  const template = readTemplate(written, context, "text");
  const maxTokens = integer({ min: 2, max: 10_000 })(most, context, "max_tokens");
  const beams = count ? integer({ min: 1, max: 100 })(count, context, "beams") : 1;
  if (penalty && beams === 1) return wrongValue(penalty, context, "length_penalty", "beams beside it");
  const lengthPenalty = penalty && number()(penalty, context, "length_penalty");
  if (template === undefined || maxTokens === undefined || beams === undefined) return undefined;
  if (penalty && lengthPenalty === undefined) return undefined;
  return { kind: "text", template, maxTokens, beams, lengthPenalty };
}
