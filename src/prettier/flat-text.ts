// A node's text on one line, to know how wide a column has to be.

import type {
  Annotation,
  Argument,
  Expression,
  Field,
  GroupBlock,
  Import,
  Node,
  RecordEntry,
} from "../syntax/ast.ts";
import { needsParentheses } from "./precedence.ts";

export function flatText(node: Expression, parent: Node | null, source: string): string {
  const inside = (child: Expression) => flatText(child, node, source);
  const text = withoutParentheses(node, inside, source);
  return needsParentheses(node, parent) ? `(${text})` : text;
}

function withoutParentheses(node: Expression, inside: (child: Expression) => string, source: string): string {
  switch (node.kind) {
    case "Name":
    case "NumberLiteral":
    case "PercentLiteral":
      return node.text;
    case "StringLiteral":
      return source.slice(node.span.start, node.span.end);
    case "List":
      return flatList(node.items, source);
    case "RecordLiteral":
      return node.entries.length > 0
        ? `{ ${node.entries.map((entry) => flatEntry(entry, source)).join(", ")} }`
        : "{}";
    case "Call":
      return `${node.callee.text}(${node.arguments.map((argument) => flatArgument(argument, source)).join(", ")})`;
    case "Configured":
      return `${node.base.text} ${flatFields(node.fields, source)}`;
    case "Binary":
      return `${inside(node.left)} ${node.operator} ${inside(node.right)}`;
    case "Negate":
      return `-${inside(node.operand)}`;
    case "Slice":
      return `${inside(node.operand)}[${node.from ? inside(node.from) : ""}..${node.to ? inside(node.to) : ""}]`;
    case "Share":
      return `${node.percent.text} of ${node.of.text}`;
    case "Within":
      return `${inside(node.operand)} within ${node.tolerance.text}`;
  }
}

export function flatList(items: readonly Expression[], source: string): string {
  return `[${items.map((item) => flatText(item, null, source)).join(", ")}]`;
}

function flatEntry({ key, value }: RecordEntry, source: string): string {
  return `${flatText(key, null, source)}: ${flatText(value, null, source)}`;
}

function flatArgument({ name, value }: Argument, source: string): string {
  return (name ? `${name.text} = ` : "") + flatText(value, null, source);
}

function flatFields(fields: readonly Field[], source: string): string {
  if (fields.length === 0) return "{}";
  return `{ ${fields.map((field) => `${field.name.text} = ${flatText(field.value, null, source)}`).join(" ")} }`;
}

export function flatGroup({ name, fields }: GroupBlock, source: string): string {
  return `group ${name.text} ${flatFields(fields, source)}`;
}

export function flatAnnotation(annotation: Annotation, source: string): string {
  if (annotation.kind === "GroupAnnotation") return `group ${annotation.group.text}`;
  if (annotation.kind === "FrozenAnnotation") return "frozen";
  return `project ${flatText(annotation.projection, null, source)}`;
}

/** `import { a, b as c }`, up to the brace. */
export function flatImport({ names }: Import): string {
  const written = names.map(({ name, alias }) => name.text + (alias ? ` as ${alias.text}` : ""));
  return `import { ${written.join(", ")} }`;
}
