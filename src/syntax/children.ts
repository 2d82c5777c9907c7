// The one traversal of the syntax tree.

import type { Node } from "./ast.ts";

/** The nodes directly below, in source order. Comments are not part of the tree's body and are left out. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "Document":
      return [...node.imports, ...node.declarations];
    case "Import":
      return [...node.names, node.from];
    case "ImportName":
      return present(node.name, node.alias);
    case "BackboneDeclaration":
    case "TaskDeclaration":
    case "GroupBlock":
      return [node.name, ...node.fields];
    case "TrainBlock":
      return node.fields;
    case "MethodDeclaration":
      return [node.name, ...node.arguments, ...node.items];
    case "ArgumentDeclaration":
      return present(node.name, node.type, node.default);
    case "ParameterDeclaration":
      return [node.name, ...node.shape, node.initial, ...node.annotations];
    case "GroupAnnotation":
      return [node.group];
    case "ProjectAnnotation":
      return [node.projection];
    case "InputDeclaration":
      return [node.name, ...node.shape];
    case "LetDeclaration":
    case "Field":
      return [node.name, node.value];
    case "OutputStatement":
      return [node.value];
    case "TuneDeclaration":
    case "CompareDeclaration":
    case "Leg":
      return [node.name, ...node.items];
    case "SweepDeclaration":
      return [node.name, node.of, ...node.axes];
    case "Axis":
      return [...node.path, node.values];
    case "List":
      return node.items;
    case "RecordLiteral":
      return node.entries;
    case "RecordEntry":
      return [node.key, node.value];
    case "Call":
      return [node.callee, ...node.arguments];
    case "Argument":
      return present(node.name, node.value);
    case "Configured":
      return [node.base, ...node.fields];
    case "Binary":
      return [node.left, node.right];
    case "Negate":
      return [node.operand];
    case "Slice":
      return present(node.operand, node.from, node.to);
    case "Share":
      return [node.percent, node.of];
    case "Within":
      return [node.operand, node.tolerance];
    case "Comment":
    case "FrozenAnnotation":
    case "Name":
    case "NumberLiteral":
    case "PercentLiteral":
    case "StringLiteral":
      return [];
  }
}

function present(...nodes: readonly (Node | undefined)[]): readonly Node[] {
  return nodes.filter((node) => node !== undefined);
}
