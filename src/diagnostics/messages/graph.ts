// What can be said about a method's expressions and shapes.

import type { Entry } from "../entry.ts";

export const graphMessages = {
  "graph/duplicate-name": {
    severity: "error",
    message: "{name} already stands for {what}",
    help: "choose another name",
    why: "In a method a name means one thing: an axis, an argument, a parameter, the input or a let.",
  },
  "graph/input-shape": {
    severity: "error",
    message: "the input is [n, d], not {shape}",
    help: "write input {name}: [n, d]: n rows of this batch, d wide",
    why: "A method receives the words' embeddings: as many rows as the batch has, as wide as the backbone.",
  },
  "graph/unknown-tensor": {
    severity: "error",
    message: "no tensor, argument or axis is called {name} in {method}{suggestion}",
    help: "known here: {known}",
    why: "A method's expression can name its parameters, its input, earlier lets, its arguments and the axes d, s and n.",
  },
  "graph/unknown-function": {
    severity: "error",
    message: "there is no operation {name}{suggestion}",
    help: "operations: {known}",
    why: "Methods are built from a fixed set of operations, each with a gradient on every backend.",
  },
  "graph/unknown-initialiser": {
    severity: "error",
    message: "{found} is no way for a tensor to begin{suggestion}",
    help: "initialisers: {known}",
    why: "How a tensor begins decides how prompt tuning ends: it is declared, never implied.",
  },
  "graph/argument-count": {
    severity: "error",
    message: "{name} takes {expected}, found {found}",
    why: "Each operation takes a fixed number of operands.",
  },
  "graph/not-a-tensor": {
    severity: "error",
    message: "{found} cannot stand in a method's expression",
    help: "expressions are made of tensors, arguments, numbers and operations",
    why: "Texts, lists and settings have no value in a tensor computation.",
  },
  "graph/not-an-axis": {
    severity: "error",
    message: "{found} is no size of an axis",
    help: "a size is a whole number, an integer argument or an axis (d, s, n), or a sum or product of these",
    why: "Parameter counts are exact polynomials in the arguments and the named axes.",
  },
  "graph/positional": {
    severity: "error",
    message: "{positional} has a row for each of s positions, but {other} has the n rows of this batch",
    help: "take as many rows as the batch has: {fixed}",
    why: "A batch is padded to its own longest row, n ≤ s. A parameter that carries the axis s must be sliced to it.",
  },
  "graph/shape-mismatch": {
    severity: "error",
    message: "{left} is {leftShape}, {right} is {rightShape}: they cannot be {operation}",
    why: "Sizes of two operands must agree, axis by axis from the last; a size of 1 stretches.",
  },
  "graph/inner-mismatch": {
    severity: "error",
    message:
      "{left} is {leftShape}, {right} is {rightShape}: {leftInner} columns cannot meet {rightInner} rows",
    why: "A matrix product needs as many columns on the left as rows on the right.",
  },
  "graph/not-a-matrix": {
    severity: "error",
    message: "{name} is {shape}; {operation} needs rows and columns",
    why: "Matrix products, concatenation and row slices work on [rows, columns].",
  },
  "graph/no-input": {
    severity: "error",
    message: "{method} declares no input",
    help: "add a line: input x: [n, d]",
    why: "A method says how the words' embeddings reach the backbone; without an input they never do.",
  },
  "graph/no-output": {
    severity: "error",
    message: "{method} has no output",
    help: "add a line: output concat(P, x)",
    why: "The output is what the backbone reads.",
  },
  "graph/input-unused": {
    severity: "error",
    message: "the words never reach the output of {method}",
    help: "use {name} in the output, as in: output concat(P, {name})",
    why: "An output that does not depend on the input gives every example the same prediction.",
  },
  "graph/output-shape": {
    severity: "error",
    message: "the output of {method} is {shape}; the backbone reads rows that are {width} wide",
    why: "What a method hands over replaces the word embeddings, so it must be as wide as the backbone.",
  },
  "graph/unused-argument": {
    severity: "warning",
    message: "{method} never uses its argument {name}",
    help: "remove it, or use it",
    why: "An argument that nothing reads is a dead setting in every program that uses the method.",
  },
  "graph/unused-let": {
    severity: "warning",
    message: "{name} is computed but never reaches the output",
    help: "use it in the output, or remove it",
    why: "A step of the method that is written down and left out of the result is the method without that step.",
  },
  "graph/slice-range": {
    severity: "error",
    message: "rows {from} to {to} of {name}: it has {rows} rows",
    why: "A slice must lie inside the rows that are there.",
  },
  "graph/padded-rows": {
    severity: "error",
    message: "{operation} over the rows of {name}, {shape}: padding among them could not be told from words",
    help: "take the {operation} of the words themselves, or of a tensor with rows of its own",
    why: "A batch is padded to its longest row. Only for the n rows of the words is it known which are padding; a mean over the others would depend on the neighbours in the batch.",
  },
  "graph/reshape-count": {
    severity: "error",
    message: "{name} is {shape}, {count} numbers; {target} holds {targetCount}",
    help: "the sizes of both shapes must have the same product",
    why: "Reshaping only regroups numbers; it can neither make nor drop any.",
  },
  "graph/initial-shape": {
    severity: "error",
    message: "{initialiser} makes {makes}, but {tensor} is {shape}",
    help: "give {tensor} such a shape, or let it begin another way",
    why: "Rows of the embedding table are as wide as the backbone, and a fan or an orthogonal basis needs rows and columns.",
  },
  "graph/unknown-place": {
    severity: "error",
    message: "{found} is no place inside a backbone{suggestion}",
    help: "places: {known}",
    why: "A change can only be made where the backbone's blocks, forward and backward, know of it.",
  },
  "graph/place-twice": {
    severity: "error",
    message: "{place} is changed twice",
    help: "one change stands at each place",
    why: "The second change would take the place of the first, whose tensors would be counted and never trained.",
  },
  "graph/unknown-change": {
    severity: "error",
    message: "{found} is nothing that can be done there{suggestion}",
    help: "changes there: {known}",
    why: "Each place inside the backbone takes the changes whose gradient its blocks can give.",
  },
  "graph/inside-tensor": {
    severity: "error",
    message: "{change} takes tensors of its own, as they were declared, not {found}",
    help: "declare one with param",
    why: "The backbone gives the gradient of a tensor inside it whole; a computation before it, or a second use, would lose its share.",
  },
  "graph/inside-shape": {
    severity: "error",
    message: "{tensor} is {shape}, which does not fit {change} at {place}",
    help: "{change} takes {expected}; this one is {here}",
    why: "A tensor inside the backbone has the numbers of all places of its kind, the place as its first axis.",
  },
  "graph/not-pretrained": {
    severity: "error",
    message: "{tensor} takes the place of the backbone's weights, but does not begin as they are",
    help: "let it begin with pretrained()",
    why: "A backbone with some weights of chance amid those it was pretrained with is no longer that backbone.",
  },
  "graph/pretrained-elsewhere": {
    severity: "error",
    message: "{tensor} begins as weights of the backbone, but takes the place of none",
    help: "put it inside the output: query = trained({tensor})",
    why: "Which weights a tensor begins as follows from the place that it takes.",
  },
  "graph/unknown-projection": {
    severity: "error",
    message: "{found} is nothing that can be done to a tensor after a step{suggestion}",
    help: "projections: {known}",
    why: "A constraint that is written and never applied would change what the method is.",
  },
} as const satisfies Record<string, Entry>;
