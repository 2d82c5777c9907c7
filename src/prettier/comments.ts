// Where a comment may live: above an item, behind an item, or in a bracket that holds nothing else.
//
// Anywhere else (behind an equals sign, in the middle of a shape) a comment moves up, above the item it was found in.

import { util } from "prettier";
import type { Comment, Node } from "../syntax/ast.ts";
import { childrenOf } from "../syntax/children.ts";

/** What prettier adds to a comment while it looks for its place. */
export interface PlacedComment extends Comment {
  readonly enclosingNode?: Node;
  readonly precedingNode?: Node;
  readonly followingNode?: Node;
  printed?: boolean;
  leading?: boolean;
  trailing?: boolean;
}

/** A node prettier has hung comments on. */
export type Commented = Node & { comments?: PlacedComment[] };

const containers = new Set<Node["kind"]>([
  ...([
    "Document",
    "BackboneDeclaration",
    "TaskDeclaration",
    "TuneDeclaration",
    "CompareDeclaration",
  ] as const),
  ...([
    "SweepDeclaration",
    "GroupBlock",
    "TrainBlock",
    "Leg",
    "Call",
    "List",
    "RecordLiteral",
    "Configured",
  ] as const),
]);
const items = new Set<Node["kind"]>([
  ...(["Import", "ImportName", "BackboneDeclaration", "TaskDeclaration", "MethodDeclaration"] as const),
  ...(["TuneDeclaration", "CompareDeclaration", "SweepDeclaration", "ArgumentDeclaration"] as const),
  ...([
    "ParameterDeclaration",
    "InputDeclaration",
    "LetDeclaration",
    "OutputStatement",
    "GroupBlock",
  ] as const),
  ...(["TrainBlock", "Leg", "Axis", "Field", "RecordEntry", "Argument"] as const),
]);

/** One handler for comments on a line of their own and for those behind something; false leaves it to prettier. */
export function placeComment(comment: PlacedComment, text: string, _options: unknown, root: Node): boolean {
  const { enclosingNode: around, precedingNode: before, followingNode: behind } = comment;
  if (around === undefined || around.kind === "Document") return false;
  if (around.kind === "Binary") return inBinary(comment, around, root);
  if (around.kind === "Import") return inImport(comment, around, text);
  if (around.kind === "MethodDeclaration") return inMethod(comment, around, text);
  if (!containers.has(around.kind)) return above(comment, itemAround(around, root));
  const header = headerOf(around);
  if (before === undefined && behind !== undefined && behind === header.at(0))
    return above(comment, itemAround(around, root));
  if (behind !== undefined && header.includes(behind)) return above(comment, itemAround(around, root));
  if (behind === undefined && (before === undefined || header.includes(before))) {
    util.addDanglingComment(around, comment, undefined);
    return true;
  }
  return before !== undefined && header.includes(before) && secondBehind(comment);
}

/**
 * In brackets that the printer takes away, before the first or behind the last operand: it belongs to the whole expression, as
 * it will when the text is read again. Between two operands it stays.
 */
function inBinary(comment: PlacedComment, around: Node, root: Node): boolean {
  const { precedingNode: before, followingNode: behind } = comment;
  if (before !== undefined && behind !== undefined) return secondBehind(comment);
  const edge = before === undefined ? "first" : "last";
  const path = pathTo(around, root);
  let at = path.length - 1;
  while (
    at > 0 &&
    passes[edge].has(path[at - 1]?.kind ?? "Document") &&
    isAtEdge(path[at], path[at - 1], edge)
  )
    at--;
  const [whole, parent] = [path[at] ?? around, path[at - 1] ?? root];
  if (
    parent.kind !== "List" &&
    (edge === "first" || !items.has(parent.kind) || !isAtEdge(whole, parent, edge))
  )
    return above(comment, itemAround(whole, root));
  if (edge === "first") util.addLeadingComment(whole, comment);
  else util.addTrailingComment(parent.kind === "List" ? whole : parent, comment);
  return true;
}

/** Expressions that begin, or end, where their first, or last, operand does. */
const passes: Readonly<Record<"first" | "last", ReadonlySet<Node["kind"]>>> = {
  first: new Set<Node["kind"]>(["Binary", "Slice", "Within"]),
  last: new Set<Node["kind"]>(["Binary", "Negate"]),
};

function isAtEdge(node: Node | undefined, parent: Node | undefined, edge: "first" | "last"): boolean {
  return parent !== undefined && childrenOf(parent).at(edge === "first" ? 0 : -1) === node;
}

/** One comment may stand behind an operator or an opening bracket; a second one goes above what follows. */
function secondBehind(comment: PlacedComment): boolean {
  const { precedingNode: before, followingNode: behind } = comment;
  if (behind === undefined || ((before as Commented | undefined)?.comments?.length ?? 0) === 0) return false;
  return above(comment, behind);
}

function inImport(comment: PlacedComment, around: Node, text: string): boolean {
  const { precedingNode: before, followingNode: behind } = comment;
  if (behind?.kind !== "StringLiteral") return false;
  if (!gap(text, comment.span.end, behind.span.start).includes("}") || before === undefined)
    return above(comment, around);
  util.addTrailingComment(before, comment);
  return true;
}

function inMethod(comment: PlacedComment, around: Node, text: string): boolean {
  const { precedingNode: before, followingNode: behind } = comment;
  const rest = gap(text, comment.span.end, behind?.span.start ?? around.span.end);
  const isArgument = before?.kind === "ArgumentDeclaration";
  if (behind?.kind === "Name") return above(comment, around);
  if (behind?.kind === "ArgumentDeclaration") return before?.kind === "Name" && secondBehind(comment);
  if (rest.includes("(")) return above(comment, around);
  if (rest.includes(")")) {
    if (!isArgument) return above(comment, around);
    util.addTrailingComment(before, comment);
    return true;
  }
  if (rest.includes("{")) return above(comment, around);
  if (before !== undefined && before.kind !== "Name" && !isArgument) return false;
  if (behind !== undefined) return above(comment, behind);
  util.addDanglingComment(around, comment, undefined);
  return true;
}

function above(comment: PlacedComment, node: Node): boolean {
  util.addLeadingComment(node, comment);
  return true;
}

/** The children that stand before a container's opening bracket. */
function headerOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "SweepDeclaration":
      return [node.name, node.of];
    case "Call":
      return [node.callee];
    case "Configured":
      return [node.base];
    default:
      return "name" in node && node.name ? [node.name] : [];
  }
}

/** The nearest item around a node, or the node itself when it is one. */
function itemAround(node: Node, root: Node): Node {
  return pathTo(node, root).findLast(({ kind }) => items.has(kind)) ?? root;
}

/** The nodes from the root down to this one. */
function pathTo(node: Node, root: Node): readonly Node[] {
  const path = [root];
  for (let at: Node | undefined = root; at !== undefined && at !== node;) {
    at = childrenOf(at).find(({ span }) => span.start <= node.span.start && node.span.end <= span.end);
    if (at !== undefined) path.push(at);
  }
  return path;
}

/** The text between two places without the comments in it: brackets, commas, space. */
function gap(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/\/\/[^\r\n]*/g, "");
}

/** Does anything below the node carry a comment, so that it cannot stand on one line? */
export function holdsComments(node: Node): boolean {
  return childrenOf(node).some(
    (child) => ((child as Commented).comments?.length ?? 0) > 0 || holdsComments(child),
  );
}
