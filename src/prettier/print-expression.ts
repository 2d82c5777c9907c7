// Expressions -> prettier's Doc.

import { doc, type Doc } from "prettier";
import type { Argument, Expression, RecordEntry, RecordLiteral } from "../syntax/ast.ts";
import type { Commented } from "./comments.ts";
import {
  bracketed,
  child,
  children,
  isDangling,
  printDangling,
  type Options,
  type Path,
  type Print,
} from "./brackets.ts";

const { group, hardline, ifBreak, indent, join, line } = doc.builders;

/** Without the parentheses that its place may ask for. */
export function printExpression(
  node: Expression | Argument | RecordEntry,
  path: Path,
  options: Options,
  print: Print,
): Doc {
  const dangling = (node as Commented).comments?.some(isDangling) ? printDangling(path, options) : "";
  switch (node.kind) {
    case "Name":
    case "NumberLiteral":
    case "PercentLiteral":
      return node.text;
    case "StringLiteral":
      return options.originalText.slice(node.span.start, node.span.end);
    case "List":
      return bracketed("[", children(path, print, "items"), "]", dangling);
    case "RecordLiteral":
      return printRecord(node, children(path, print, "entries"), dangling, options.originalText);
    case "RecordEntry":
      return [child(path, print, "key"), ": ", child(path, print, "value")];
    case "Call":
      return bracketed(
        [child(path, print, "callee"), "("],
        children(path, print, "arguments"),
        ")",
        dangling,
      );
    case "Argument":
      return node.name
        ? [child(path, print, "name"), " = ", child(path, print, "value")]
        : child(path, print, "value");
    case "Binary":
      return [child(path, print, "left"), ` ${node.operator}`, indent([line, child(path, print, "right")])];
    case "Negate":
      return ["-", child(path, print, "operand")];
    case "Slice":
      return [
        child(path, print, "operand"),
        "[",
        node.from ? child(path, print, "from") : "",
        "..",
        node.to ? child(path, print, "to") : "",
        "]",
      ];
    case "Share":
      return [child(path, print, "percent"), " of ", child(path, print, "of")];
    case "Within":
      return [child(path, print, "operand"), " within ", child(path, print, "tolerance")];
    case "Configured":
      throw new Error("a configured name is printed as a block");
  }
}

/** Broken when its first entry stood on a line of its own, as prettier does with JavaScript's objects. */
function printRecord(node: RecordLiteral, entries: readonly Doc[], dangling: Doc, text: string): Doc {
  const first = node.entries[0];
  if (first === undefined) {
    return dangling === "" ? "{}" : group(["{", indent([hardline, dangling]), hardline, "}"]);
  }
  const shouldBreak = text.slice(node.span.start, first.span.start).includes("\n");
  const inside = indent([line, join([",", line], [...entries])]);
  return group(["{", inside, ifBreak(","), line, "}"], { shouldBreak });
}
