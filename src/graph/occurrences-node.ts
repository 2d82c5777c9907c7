// The node that says which of a text's tokens each row's word is.

import type { Call } from "../syntax/ast.ts";
import { textOf } from "./build-initial.ts";
import { buildSize } from "./build-size.ts";
import { addUnnamed, type Builder, placeIn } from "./builder.ts";
import type { GraphNode } from "./graph.ts";
import { symbol } from "./polynomial.ts";

/** `occurrences(words, count)`: a text, and how many tokens it is. */
export function occurrencesNode(call: Call, builder: Builder): GraphNode | undefined {
  const [words, size] = call.arguments.map(({ value }) => value);
  const text = words && textOf(words, builder);
  if (text === undefined || !size || call.arguments.length !== 2) {
    const parameters = {
      name: "occurrences",
      expected: "a text and how many tokens it is",
      found: `${call.arguments.length} arguments`,
    };
    builder.found.report("graph/argument-count", placeIn(builder, call), parameters);
    return undefined;
  }
  const count = buildSize(size, builder, false);
  return (
    count &&
    addUnnamed(builder, call, { kind: "occurrences", text, shape: [symbol("n"), count], batched: true })
  );
}
