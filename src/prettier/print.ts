// AST -> prettier's Doc.

import { doc, type Doc } from "prettier";
import type * as ast from "../syntax/ast.ts";
import { blankBehind, columnsOf, onOneLine } from "./columns.ts";
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
import type { Commented } from "./comments.ts";
import { continuesChain, needsParentheses } from "./precedence.ts";
import { printExpression } from "./print-expression.ts";

const { group, hardline, indent, join, line, softline, ifBreak } = doc.builders;

export function print(path: Path, options: Options, print: Print, pads: readonly number[] = []): Doc {
  const node = path.node;
  const pad = (column: number) => " ".repeat(pads[column] ?? 0);
  switch (node.kind) {
    case "Document":
      return printDocument(node, path, options, print);
    case "Import":
      return [
        group([
          "import {",
          indent([line, join([",", line], children(path, print, "names"))]),
          ifBreak(","),
          line,
          "}",
        ]),
        ...[pad(0), " from ", child(path, print, "from")],
      ];
    case "ImportName":
      return [child(path, print, "name"), node.alias ? [" as ", child(path, print, "alias")] : ""];
    case "BackboneDeclaration":
      return block(["backbone ", child(path, print, "name")], "fields");
    case "TaskDeclaration":
      return block(["task ", child(path, print, "name")], "fields");
    case "TuneDeclaration":
      return block(["tune ", child(path, print, "name")], "items");
    case "CompareDeclaration":
      return block(["compare ", child(path, print, "name")], "items");
    case "SweepDeclaration":
      return block(["sweep ", child(path, print, "name"), " of ", child(path, print, "of")], "axes");
    case "MethodDeclaration": {
      const argumentList = bracketed(
        ["method ", child(path, print, "name"), "("],
        children(path, print, "arguments"),
        ")",
      );
      return block(argumentList, "items");
    }
    case "Leg":
      return block(
        ["leg ", child(path, print, "name")],
        "items",
        isInline(node, node.name.span.end, node.items),
      );
    case "GroupBlock":
      // The pad belongs to the one-line form only; it looks into the group that the block is.
      return block(
        ["group ", child(path, print, "name"), ifBreak("", pad(0))],
        "fields",
        onOneLine(node, options.originalText),
      );
    case "TrainBlock":
      return block("train", "fields", isInline(node, node.span.start, node.fields));
    case "Configured":
      return block(child(path, print, "base"), "fields", isInline(node, node.base.span.end, node.fields));
    case "ArgumentDeclaration":
      return [
        child(path, print, "name"),
        ": ",
        child(path, print, "type"),
        node.default ? [" = ", child(path, print, "default")] : "",
      ];
    case "ParameterDeclaration":
      return printParameter(node, path, print, pad);
    case "InputDeclaration":
      return [
        "input ",
        child(path, print, "name"),
        ": ",
        bracketed("[", children(path, print, "shape"), "]"),
      ];
    case "LetDeclaration":
      return ["let ", child(path, print, "name"), " = ", child(path, print, "value")];
    case "OutputStatement":
      return ["output ", child(path, print, "value")];
    case "Axis":
      return [join(".", children(path, print, "path")), pad(0), " in ", child(path, print, "values")];
    case "Field":
      return [child(path, print, "name"), ifBreak(pad(0), ""), " = ", child(path, print, "value")];
    case "GroupAnnotation":
      return ["group ", child(path, print, "group")];
    case "FrozenAnnotation":
      return "frozen";
    case "ProjectAnnotation":
      return ["project ", child(path, print, "projection")];
    case "Comment":
      return "";
    default: {
      const parent = path.parent;
      const printed = printExpression(node, path, options, print);
      if (node.kind === "RecordEntry" || node.kind === "Argument") return printed;
      const whole = node.kind === "Binary" && !continuesChain(node, parent) ? group(printed) : printed;
      return needsParentheses(node, parent) ? ["(", whole, ")"] : whole;
    }
  }

  function block(header: Doc, key: "fields" | "items" | "axes", inline = false): Doc {
    return printBlock(header, key, inline, path, options, print);
  }

  function isInline(owner: ast.Node, from: number, items: readonly ast.Node[]): boolean {
    const first = items[0];
    if (first === undefined || items.some((item) => item.kind !== "Field")) return false;
    return owner.kind !== "Document" && !options.originalText.slice(from, first.span.start).includes("\n");
  }
}

function printDocument(node: ast.Document, path: Path, options: Options, print: Print): Doc {
  const items = [...node.imports, ...node.declarations];
  const columns = columnsOf(node.imports, { source: options.originalText, width: options.printWidth });
  const printed: Doc[] = [
    ...path.map((each) => print(each, columns.get(each.node)), "imports" as never),
    ...path.map((each) => print(each), "declarations" as never),
  ];
  const parts: Doc[] = [];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    if (before !== undefined) {
      const apart = item.kind !== "Import" || blankBehind(before, item, options.originalText);
      parts.push(hardline, apart ? hardline : "");
    }
    parts.push(printed[index] ?? "");
  }
  if ((node as Commented).comments?.some(isDangling)) parts.push(printDangling(path, options));
  return parts.length > 0 ? [parts, hardline] : "";
}

/** `header { … }`: on one line only where the writer had it so, it holds settings alone, and it fits. */
function printBlock(
  header: Doc,
  key: "fields" | "items" | "axes",
  inline: boolean,
  path: Path,
  options: Options,
  print: Print,
): Doc {
  const node = path.node as Commented & Record<typeof key, readonly ast.Node[]>;
  const items = node[key];
  if (items.length === 0) {
    if (!node.comments?.some(isDangling)) return group([header, " {}"]);
    return group([header, " {", indent([hardline, printDangling(path, options)]), hardline, "}"]);
  }
  const width = options.printWidth - indentation(path);
  const columns = columnsOf(items, { source: options.originalText, width });
  const parts: Doc[] = [];
  path.each((each, index) => {
    const before = items[index - 1];
    if (before !== undefined)
      parts.push(line, blankBehind(before, each.node, options.originalText) ? softline : "");
    parts.push(print(each, columns.get(each.node)));
  }, key as never);
  return group([header, " {", indent([line, ...parts]), line, "}"], { shouldBreak: !inline });
}

/** Where the items of a block begin: two columns for each block around them. */
function indentation(path: Path): number {
  return 2 * (1 + path.ancestors.filter((node) => node.kind !== "Document").length);
}

/** `param P: [length, d] = vocabulary() group prompt`, in columns with its neighbours. */
function printParameter(
  node: ast.ParameterDeclaration,
  path: Path,
  print: Print,
  pad: (column: number) => string,
): Doc {
  const annotations = children(path, print, "annotations");
  const shape = bracketed("[", children(path, print, "shape"), "]");
  const initial = child(path, print, "initial");
  const head: Doc = ["param ", child(path, print, "name"), ":", pad(0), " ", shape, pad(1), " = ", initial];
  if (node.annotations.length === 0) return head;
  return group([head, indent([ifBreak("", pad(2)), line, join(line, annotations)])]);
}
