// The syntax tree: what was written, before any name is bound. Nodes are plain data; a failing test can print them.

import type { Span } from "../source/span.ts";
import type { SourceText } from "../source/source-text.ts";

interface NodeBase {
  readonly span: Span;
}

/** A file. `source` is the text all spans point into. */
export interface Document extends NodeBase {
  readonly kind: "Document";
  readonly source: SourceText;
  readonly imports: readonly Import[];
  readonly declarations: readonly Declaration[];
  /** Every comment in source order, doc comments too: the formatter must not lose one. */
  readonly comments: readonly Comment[];
}

/** `// …` or `/// …`; `text` is what follows the slashes, trimmed. */
export interface Comment extends NodeBase {
  readonly kind: "Comment";
  readonly doc: boolean;
  readonly text: string;
}

export interface Import extends NodeBase {
  readonly kind: "Import";
  readonly names: readonly ImportName[];
  /** `std/backbones`, `./shared.dept`. */
  readonly from: StringLiteral;
}

export interface ImportName extends NodeBase {
  readonly kind: "ImportName";
  readonly name: Name;
  /** `x as y`: the name used in this file, when it differs. */
  readonly alias: Name | undefined;
}

export type Declaration =
  | BackboneDeclaration
  | TaskDeclaration
  | MethodDeclaration
  | TuneDeclaration
  | CompareDeclaration
  | SweepDeclaration;

interface DeclarationBase extends NodeBase {
  readonly name: Name;
  /** The `///` lines right above, joined by line breaks. */
  readonly doc: string | undefined;
}

export interface BackboneDeclaration extends DeclarationBase {
  readonly kind: "BackboneDeclaration";
  readonly fields: readonly Field[];
}

export interface TaskDeclaration extends DeclarationBase {
  readonly kind: "TaskDeclaration";
  readonly fields: readonly Field[];
}

export interface MethodDeclaration extends DeclarationBase {
  readonly kind: "MethodDeclaration";
  readonly arguments: readonly ArgumentDeclaration[];
  readonly items: readonly MethodItem[];
}

/** `length: int`, `scale: float = 1.0`. */
export interface ArgumentDeclaration extends NodeBase {
  readonly kind: "ArgumentDeclaration";
  readonly name: Name;
  readonly type: Name;
  readonly default: Expression | undefined;
}

export type MethodItem = ParameterDeclaration | InputDeclaration | LetDeclaration | OutputStatement;

/** `param A: [s, rank] = kaiming_uniform() group pair`. */
export interface ParameterDeclaration extends NodeBase {
  readonly kind: "ParameterDeclaration";
  readonly name: Name;
  readonly shape: readonly Expression[];
  readonly shapeSpan: Span;
  readonly initial: Expression;
  readonly annotations: readonly Annotation[];
}

export type Annotation = GroupAnnotation | FrozenAnnotation | ProjectAnnotation;

export interface GroupAnnotation extends NodeBase {
  readonly kind: "GroupAnnotation";
  readonly group: Name;
}

export interface FrozenAnnotation extends NodeBase {
  readonly kind: "FrozenAnnotation";
}

/** `project ball(1.0)`: what is done to the tensor after each step. */
export interface ProjectAnnotation extends NodeBase {
  readonly kind: "ProjectAnnotation";
  readonly projection: Expression;
}

/** `input x: [n, d]`. */
export interface InputDeclaration extends NodeBase {
  readonly kind: "InputDeclaration";
  readonly name: Name;
  readonly shape: readonly Expression[];
  readonly shapeSpan: Span;
}

/** `let h = relu(x @ W1 + b1)`. */
export interface LetDeclaration extends NodeBase {
  readonly kind: "LetDeclaration";
  readonly name: Name;
  readonly value: Expression;
}

export interface OutputStatement extends NodeBase {
  readonly kind: "OutputStatement";
  readonly value: Expression;
}

export interface TuneDeclaration extends DeclarationBase {
  readonly kind: "TuneDeclaration";
  readonly items: readonly TuneItem[];
}

export type TuneItem = Field | GroupBlock | TrainBlock;

/** `group prompt { lr = 3e-1 }`. */
export interface GroupBlock extends NodeBase {
  readonly kind: "GroupBlock";
  readonly name: Name;
  readonly fields: readonly Field[];
}

/** `train { steps = 30_000 }`. */
export interface TrainBlock extends NodeBase {
  readonly kind: "TrainBlock";
  readonly fields: readonly Field[];
}

/** Several methods held to one budget; each leg is a tune that shares what stands outside the legs. */
export interface CompareDeclaration extends DeclarationBase {
  readonly kind: "CompareDeclaration";
  readonly items: readonly (TuneItem | Leg)[];
}

export interface Leg extends NodeBase {
  readonly kind: "Leg";
  readonly name: Name;
  readonly items: readonly TuneItem[];
}

/** `sweep lengths of rte_dept { method.length in [20, 40] }`. */
export interface SweepDeclaration extends DeclarationBase {
  readonly kind: "SweepDeclaration";
  readonly of: Name;
  readonly axes: readonly Axis[];
}

export interface Axis extends NodeBase {
  readonly kind: "Axis";
  readonly path: readonly Name[];
  readonly values: Expression;
}

/** `name = value`. */
export interface Field extends NodeBase {
  readonly kind: "Field";
  readonly name: Name;
  readonly value: Expression;
}

export type Expression =
  | Name
  | NumberLiteral
  | PercentLiteral
  | StringLiteral
  | List
  | RecordLiteral
  | Call
  | Configured
  | Binary
  | Negate
  | Slice
  | Share
  | Within;

export interface Name extends NodeBase {
  readonly kind: "Name";
  /** Empty when the name is missing and the parser went on without it. */
  readonly text: string;
}

export interface NumberLiteral extends NodeBase {
  readonly kind: "NumberLiteral";
  readonly value: number;
  /** Written without point or exponent. */
  readonly integer: boolean;
  /** As written, for the formatter: `30_000`, `3e-1`. */
  readonly text: string;
}

/** `0.5%`; `value` is 0.5. */
export interface PercentLiteral extends NodeBase {
  readonly kind: "PercentLiteral";
  readonly value: number;
  readonly text: string;
}

export interface StringLiteral extends NodeBase {
  readonly kind: "StringLiteral";
  /** Escapes resolved. */
  readonly value: string;
}

export interface List extends NodeBase {
  readonly kind: "List";
  readonly items: readonly Expression[];
}

/** `{ "animal": "an animal", 0: "no" }`. */
export interface RecordLiteral extends NodeBase {
  readonly kind: "RecordLiteral";
  readonly entries: readonly RecordEntry[];
}

export interface RecordEntry extends NodeBase {
  readonly kind: "RecordEntry";
  readonly key: StringLiteral | NumberLiteral | Name;
  readonly value: Expression;
}

/** `dept(length = 40, rank = auto)`. */
export interface Call extends NodeBase {
  readonly kind: "Call";
  readonly callee: Name;
  readonly arguments: readonly Argument[];
}

export interface Argument extends NodeBase {
  readonly kind: "Argument";
  readonly name: Name | undefined;
  readonly value: Expression;
}

/** `rte { max_tokens = 256 }`: a declared thing with some of its settings changed. */
export interface Configured extends NodeBase {
  readonly kind: "Configured";
  readonly base: Name;
  readonly fields: readonly Field[];
}

export type Operator = "+" | "-" | "*" | "/" | "@";

export interface Binary extends NodeBase {
  readonly kind: "Binary";
  readonly operator: Operator;
  readonly operatorSpan: Span;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Negate extends NodeBase {
  readonly kind: "Negate";
  readonly operand: Expression;
}

/** `x[0..n]`: rows `from` (default 0) up to but not including `to` (default: all). */
export interface Slice extends NodeBase {
  readonly kind: "Slice";
  readonly operand: Expression;
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
}

/** `0.1% of backbone`. */
export interface Share extends NodeBase {
  readonly kind: "Share";
  readonly percent: PercentLiteral;
  readonly of: Name;
}

/** `exactly(76_800) within 0.5%`. */
export interface Within extends NodeBase {
  readonly kind: "Within";
  readonly operand: Expression;
  readonly tolerance: PercentLiteral;
}

export type Node =
  | Document
  | Comment
  | Import
  | ImportName
  | Declaration
  | ArgumentDeclaration
  | MethodItem
  | Annotation
  | TuneItem
  | Leg
  | Axis
  | Expression
  | RecordEntry
  | Argument;
