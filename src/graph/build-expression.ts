// A method's expression to graph nodes with checked shapes.

import { wordFix } from "../diagnostics/word-fix.ts";
import { describe, isMissing } from "../program/read-value.ts";
import { didYouMean } from "../program/scope.ts";
import type { Call, Expression, Name } from "../syntax/ast.ts";
import { addUnnamed, axes, type Builder, placeIn, reportUnknownName } from "./builder.ts";
import type { GraphNode } from "./graph.ts";
import {
  applyNode,
  binaryNode,
  concatNode,
  negatedNode,
  normNode,
  numberNode,
  sliceNode,
} from "./operation-nodes.ts";
import { forms, operations } from "./operations.ts";
import { occurrencesNode } from "./occurrences-node.ts";
import { reduceNode, reshapeNode, transposeNode } from "./reshaping-nodes.ts";

/** The expression's node, or `undefined` when something in it is wrong and has been reported. */
export function buildExpression(expression: Expression, builder: Builder): GraphNode | undefined {
  switch (expression.kind) {
    case "Name":
      return buildName(expression, builder);
    case "NumberLiteral":
      return addUnnamed(builder, expression, numberNode(expression.value));
    case "Binary": {
      const left = buildExpression(expression.left, builder);
      const right = buildExpression(expression.right, builder);
      return left && right && binaryNode(expression, left, right, builder);
    }
    case "Negate": {
      const operand = buildExpression(expression.operand, builder);
      return operand && negatedNode(expression, operand, builder);
    }
    case "Slice": {
      const operand = buildExpression(expression.operand, builder);
      return operand && sliceNode(expression, operand, builder);
    }
    case "Call":
      return buildCall(expression, builder);
    default:
      if (isMissing(expression)) return undefined;
      builder.found.report("graph/not-a-tensor", placeIn(builder, expression), {
        found: describe(expression),
      });
      return undefined;
  }
}

function buildName(expression: Name, builder: Builder): GraphNode | undefined {
  const name = expression.text;
  if (name === "") return undefined;
  const node = builder.names.get(name);
  if (node) return node;
  const { method, found } = builder;
  const argument = method.arguments.find((each) => each.name === name);
  if (argument?.type === "text" || argument?.type === "file") {
    const place = placeIn(builder, expression);
    found.report("graph/not-a-tensor", place, { found: `the ${argument.type} ${name}` });
    return undefined;
  }
  if (argument) {
    builder.read.add(name);
    return addUnnamed(builder, expression, { kind: "argument", name, shape: [], batched: false });
  }
  const known = [...builder.names.keys(), ...method.arguments.map((argument) => argument.name)];
  if (axes.some((axis) => axis === name)) {
    found.report("graph/not-a-tensor", placeIn(builder, expression), { found: `the axis ${name}` });
    return undefined;
  }
  reportUnknownName(expression, known, builder);
  return undefined;
}

function buildCall(call: Call, builder: Builder): GraphNode | undefined {
  const name = call.callee.text;
  const operation = operations.find((each) => each === name);
  const form = forms.find((each) => each === name);
  if (!operation && !form) {
    const known = [...forms, ...operations];
    const parameters = { name, suggestion: didYouMean(name, known), known: known.join(", ") };
    const place = placeIn(builder, call.callee);
    const fixes = wordFix(name, known, place);
    builder.found.report("graph/unknown-function", place, parameters, { fixes });
    return undefined;
  }
  if (form === "occurrences") return occurrencesNode(call, builder);
  if (form === "reshape") return reshapeNode(call, (each) => buildExpression(each, builder), builder);
  const built = call.arguments.map((argument) => buildExpression(argument.value, builder));
  const operands = built.filter((node) => node !== undefined);
  if (operands.length < built.length) return undefined;
  if (form === "mean" || form === "max") return reduceNode(call, form, operands, builder);
  if (form === "transpose") return transposeNode(call, operands, builder);
  if (operation === "layer_norm" && operands.length === 3) return normNode(call, operands, builder);
  return operation ? applyNode(call, operation, operands, builder) : concatNode(call, operands, builder);
}
