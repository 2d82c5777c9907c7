// The concrete syntax tree's shape. Written by `npm run generate` from grammar/parser.ts; do not edit.

import type { CstNode, ICstVisitor, IToken } from "chevrotain";

export interface DocumentCstNode extends CstNode {
  name: "Document";
  children: DocumentCstChildren;
}

export type DocumentCstChildren = {
  Import?: ImportCstNode[];
  Declaration?: DeclarationCstNode[];
};

export interface ImportCstNode extends CstNode {
  name: "Import";
  children: ImportCstChildren;
}

export type ImportCstChildren = {
  import: IToken[];
  LeftBrace: IToken[];
  ImportName: (ImportNameCstNode)[];
  Comma?: (IToken)[];
  RightBrace: IToken[];
  from: IToken[];
  String: IToken[];
};

export interface ImportNameCstNode extends CstNode {
  name: "ImportName";
  children: ImportNameCstChildren;
}

export type ImportNameCstChildren = {
  name: IToken[];
  as?: IToken[];
  alias?: IToken[];
};

export interface DeclarationCstNode extends CstNode {
  name: "Declaration";
  children: DeclarationCstChildren;
}

export type DeclarationCstChildren = {
  Backbone?: BackboneCstNode[];
  Task?: TaskCstNode[];
  Method?: MethodCstNode[];
  Tune?: TuneCstNode[];
  Compare?: CompareCstNode[];
  Sweep?: SweepCstNode[];
};

export interface BackboneCstNode extends CstNode {
  name: "Backbone";
  children: BackboneCstChildren;
}

export type BackboneCstChildren = {
  backbone: IToken[];
  Name: IToken[];
  Block: BlockCstNode[];
};

export interface TaskCstNode extends CstNode {
  name: "Task";
  children: TaskCstChildren;
}

export type TaskCstChildren = {
  task: IToken[];
  Name: IToken[];
  Block: BlockCstNode[];
};

export interface BlockCstNode extends CstNode {
  name: "Block";
  children: BlockCstChildren;
}

export type BlockCstChildren = {
  LeftBrace: IToken[];
  Field?: FieldCstNode[];
  RightBrace: IToken[];
};

export interface FieldCstNode extends CstNode {
  name: "Field";
  children: FieldCstChildren;
}

export type FieldCstChildren = {
  Word: IToken[];
  Equals: IToken[];
  Expression: ExpressionCstNode[];
};

export interface MethodCstNode extends CstNode {
  name: "Method";
  children: MethodCstChildren;
}

export type MethodCstChildren = {
  method: IToken[];
  Name: IToken[];
  LeftParen: IToken[];
  ArgumentDeclaration?: (ArgumentDeclarationCstNode)[];
  Comma?: (IToken)[];
  RightParen: IToken[];
  LeftBrace: IToken[];
  MethodItem?: MethodItemCstNode[];
  RightBrace: IToken[];
};

export interface ArgumentDeclarationCstNode extends CstNode {
  name: "ArgumentDeclaration";
  children: ArgumentDeclarationCstChildren;
}

export type ArgumentDeclarationCstChildren = {
  name: IToken[];
  Colon: IToken[];
  type: IToken[];
  Equals?: IToken[];
  Expression?: ExpressionCstNode[];
};

export interface MethodItemCstNode extends CstNode {
  name: "MethodItem";
  children: MethodItemCstChildren;
}

export type MethodItemCstChildren = {
  Parameter?: ParameterCstNode[];
  Input?: InputCstNode[];
  Let?: LetCstNode[];
  Output?: OutputCstNode[];
};

export interface ParameterCstNode extends CstNode {
  name: "Parameter";
  children: ParameterCstChildren;
}

export type ParameterCstChildren = {
  param: IToken[];
  Name: IToken[];
  Colon: IToken[];
  Shape: ShapeCstNode[];
  Equals: IToken[];
  Expression: ExpressionCstNode[];
  Annotation?: AnnotationCstNode[];
};

export interface AnnotationCstNode extends CstNode {
  name: "Annotation";
  children: AnnotationCstChildren;
}

export type AnnotationCstChildren = {
  InGroup?: InGroupCstNode[];
  frozen?: IToken[];
  Projection?: ProjectionCstNode[];
};

export interface InGroupCstNode extends CstNode {
  name: "InGroup";
  children: InGroupCstChildren;
}

export type InGroupCstChildren = {
  group: IToken[];
  Name: IToken[];
};

export interface ProjectionCstNode extends CstNode {
  name: "Projection";
  children: ProjectionCstChildren;
}

export type ProjectionCstChildren = {
  project: IToken[];
  Expression: ExpressionCstNode[];
};

export interface ShapeCstNode extends CstNode {
  name: "Shape";
  children: ShapeCstChildren;
}

export type ShapeCstChildren = {
  LeftBracket: IToken[];
  Expression?: (ExpressionCstNode)[];
  Comma?: (IToken)[];
  RightBracket: IToken[];
};

export interface InputCstNode extends CstNode {
  name: "Input";
  children: InputCstChildren;
}

export type InputCstChildren = {
  input: IToken[];
  Name: IToken[];
  Colon: IToken[];
  Shape: ShapeCstNode[];
};

export interface LetCstNode extends CstNode {
  name: "Let";
  children: LetCstChildren;
}

export type LetCstChildren = {
  let: IToken[];
  Name: IToken[];
  Equals: IToken[];
  Expression: ExpressionCstNode[];
};

export interface OutputCstNode extends CstNode {
  name: "Output";
  children: OutputCstChildren;
}

export type OutputCstChildren = {
  output: IToken[];
  Expression: ExpressionCstNode[];
};

export interface TuneCstNode extends CstNode {
  name: "Tune";
  children: TuneCstChildren;
}

export type TuneCstChildren = {
  tune: IToken[];
  Name: IToken[];
  LeftBrace: IToken[];
  TuneItem?: TuneItemCstNode[];
  RightBrace: IToken[];
};

export interface TuneItemCstNode extends CstNode {
  name: "TuneItem";
  children: TuneItemCstChildren;
}

export type TuneItemCstChildren = {
  Group?: GroupCstNode[];
  Train?: TrainCstNode[];
  Field?: FieldCstNode[];
};

export interface GroupCstNode extends CstNode {
  name: "Group";
  children: GroupCstChildren;
}

export type GroupCstChildren = {
  group: IToken[];
  Name: IToken[];
  Block: BlockCstNode[];
};

export interface TrainCstNode extends CstNode {
  name: "Train";
  children: TrainCstChildren;
}

export type TrainCstChildren = {
  train: IToken[];
  Block: BlockCstNode[];
};

export interface CompareCstNode extends CstNode {
  name: "Compare";
  children: CompareCstChildren;
}

export type CompareCstChildren = {
  compare: IToken[];
  Name: IToken[];
  LeftBrace: IToken[];
  CompareItem?: CompareItemCstNode[];
  RightBrace: IToken[];
};

export interface CompareItemCstNode extends CstNode {
  name: "CompareItem";
  children: CompareItemCstChildren;
}

export type CompareItemCstChildren = {
  Leg?: LegCstNode[];
  TuneItem?: TuneItemCstNode[];
};

export interface LegCstNode extends CstNode {
  name: "Leg";
  children: LegCstChildren;
}

export type LegCstChildren = {
  leg: IToken[];
  Name: IToken[];
  LeftBrace: IToken[];
  TuneItem?: TuneItemCstNode[];
  RightBrace: IToken[];
};

export interface SweepCstNode extends CstNode {
  name: "Sweep";
  children: SweepCstChildren;
}

export type SweepCstChildren = {
  sweep: IToken[];
  name: IToken[];
  of: IToken[];
  base: IToken[];
  LeftBrace: IToken[];
  Axis?: AxisCstNode[];
  RightBrace: IToken[];
};

export interface AxisCstNode extends CstNode {
  name: "Axis";
  children: AxisCstChildren;
}

export type AxisCstChildren = {
  Word: (IToken)[];
  Dot?: IToken[];
  in: IToken[];
  Expression: ExpressionCstNode[];
};

export interface ExpressionCstNode extends CstNode {
  name: "Expression";
  children: ExpressionCstChildren;
}

export type ExpressionCstChildren = {
  Sum: SumCstNode[];
  within?: IToken[];
  Percent?: IToken[];
};

export interface SumCstNode extends CstNode {
  name: "Sum";
  children: SumCstChildren;
}

export type SumCstChildren = {
  Product: (ProductCstNode)[];
  SumOperator?: IToken[];
};

export interface ProductCstNode extends CstNode {
  name: "Product";
  children: ProductCstChildren;
}

export type ProductCstChildren = {
  Unary: (UnaryCstNode)[];
  ProductOperator?: IToken[];
};

export interface UnaryCstNode extends CstNode {
  name: "Unary";
  children: UnaryCstChildren;
}

export type UnaryCstChildren = {
  Minus?: IToken[];
  Postfix: PostfixCstNode[];
};

export interface PostfixCstNode extends CstNode {
  name: "Postfix";
  children: PostfixCstChildren;
}

export type PostfixCstChildren = {
  Primary: PrimaryCstNode[];
  Slice?: SliceCstNode[];
};

export interface SliceCstNode extends CstNode {
  name: "Slice";
  children: SliceCstChildren;
}

export type SliceCstChildren = {
  LeftBracket: IToken[];
  from?: SumCstNode[];
  Range: IToken[];
  to?: SumCstNode[];
  RightBracket: IToken[];
};

export interface PrimaryCstNode extends CstNode {
  name: "Primary";
  children: PrimaryCstChildren;
}

export type PrimaryCstChildren = {
  Number?: IToken[];
  Share?: ShareCstNode[];
  String?: IToken[];
  Reference?: ReferenceCstNode[];
  List?: ListCstNode[];
  Record?: RecordCstNode[];
  Parenthesis?: ParenthesisCstNode[];
};

export interface ShareCstNode extends CstNode {
  name: "Share";
  children: ShareCstChildren;
}

export type ShareCstChildren = {
  Percent: IToken[];
  of?: IToken[];
  Word?: IToken[];
};

export interface ReferenceCstNode extends CstNode {
  name: "Reference";
  children: ReferenceCstChildren;
}

export type ReferenceCstChildren = {
  Name: IToken[];
  Arguments?: ArgumentsCstNode[];
  Block?: BlockCstNode[];
};

export interface ParenthesisCstNode extends CstNode {
  name: "Parenthesis";
  children: ParenthesisCstChildren;
}

export type ParenthesisCstChildren = {
  LeftParen: IToken[];
  Expression: ExpressionCstNode[];
  RightParen: IToken[];
};

export interface ArgumentsCstNode extends CstNode {
  name: "Arguments";
  children: ArgumentsCstChildren;
}

export type ArgumentsCstChildren = {
  LeftParen: IToken[];
  Argument?: (ArgumentCstNode)[];
  Comma?: (IToken)[];
  RightParen: IToken[];
};

export interface ArgumentCstNode extends CstNode {
  name: "Argument";
  children: ArgumentCstChildren;
}

export type ArgumentCstChildren = {
  Word?: IToken[];
  Equals?: IToken[];
  Expression: ExpressionCstNode[];
};

export interface ListCstNode extends CstNode {
  name: "List";
  children: ListCstChildren;
}

export type ListCstChildren = {
  LeftBracket: IToken[];
  Expression?: (ExpressionCstNode)[];
  Comma?: (IToken)[];
  RightBracket: IToken[];
};

export interface RecordCstNode extends CstNode {
  name: "Record";
  children: RecordCstChildren;
}

export type RecordCstChildren = {
  LeftBrace: IToken[];
  Entry?: (EntryCstNode)[];
  Comma?: (IToken)[];
  RightBrace: IToken[];
};

export interface EntryCstNode extends CstNode {
  name: "Entry";
  children: EntryCstChildren;
}

export type EntryCstChildren = {
  String?: IToken[];
  Number?: IToken[];
  Word?: IToken[];
  Colon: IToken[];
  Expression: ExpressionCstNode[];
};
