// The grammar: one rule per production, with its line of grammar/dept.ebnf above it.
//
// One token decides everywhere; the few places where a keyword may also be a setting's name look at the token
// behind it. That keeps recovery predictable: a rule is entered on its first word and reports what it misses.

import { CstParser, EOF, type CstNode, type ParserMethod, type TokenType } from "chevrotain";
import type { Expectations } from "./expectations.ts";
import * as t from "./tokens.ts";

export class DeptParser extends CstParser {
  /** Whether the grammar is sound does not change from start to start, and proving it takes long: a test does. */
  constructor(expectations: Expectations, validate = false) {
    super([...t.tokens], {
      maxLookahead: 1,
      recoveryEnabled: true,
      nodeLocationTracking: "onlyOffset",
      errorMessageProvider: expectations,
      skipValidations: !validate,
    });
    this.performSelfAnalysis();
  }

  // Document = { Import } { Declaration } ;
  readonly document = this.RULE("Document", () => {
    this.MANY1(() => this.SUBRULE(this.import));
    this.MANY2({
      // Behind a slip, `method = …` is a setting that was lost rather than a method.
      GATE: () =>
        this.LA(0).tokenType === EOF || this.LA(0).tokenType === t.StringToken || this.#followed(t.Name),
      DEF: () => this.SUBRULE(this.declaration),
    });
  });

  // Import = "import" "{" ImportName { "," ImportName } [ "," ] "}" "from" String ;
  readonly import = this.RULE("Import", () => {
    this.CONSUME(t.Import);
    this.CONSUME(t.LeftBrace);
    this.#commaSeparated(this.importName, t.RightBrace);
    this.CONSUME(t.RightBrace);
    this.CONSUME(t.From);
    this.CONSUME(t.StringToken);
  });

  // ImportName = Name [ "as" Name ] ;
  readonly importName = this.RULE("ImportName", () => {
    this.CONSUME1(t.Name, { LABEL: "name" });
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME2(t.Name, { LABEL: "alias" });
    });
  });

  // Declaration = Backbone | Task | Method | Tune | Compare | Sweep ;
  readonly declaration = this.RULE("Declaration", () =>
    this.#oneOf([this.backbone, this.task, this.method, this.tune, this.compare, this.sweep]),
  );

  // Backbone = "backbone" Name Block ;
  readonly backbone = this.RULE("Backbone", () => {
    this.CONSUME(t.Backbone);
    this.CONSUME(t.Name);
    this.SUBRULE(this.block);
  });

  // Task = "task" Name Block ;
  readonly task = this.RULE("Task", () => {
    this.CONSUME(t.Task);
    this.CONSUME(t.Name);
    this.SUBRULE(this.block);
  });

  // Block = "{" { Field } "}" ;
  readonly block = this.RULE("Block", () => this.#inBraces(this.field, () => !this.#beginsBlock()));

  // Field = Word "=" Expression ;
  readonly field = this.RULE("Field", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  // Method = "method" Name "(" [ ArgumentDeclaration { "," ArgumentDeclaration } [ "," ] ] ")" "{" { MethodItem } "}" ;
  readonly method = this.RULE("Method", () => {
    this.CONSUME(t.Method);
    this.CONSUME(t.Name);
    this.CONSUME(t.LeftParen);
    this.OPTION1(() => this.#commaSeparated(this.argumentDeclaration, t.RightParen));
    this.CONSUME(t.RightParen);
    this.#inBraces(this.methodItem);
  });

  // ArgumentDeclaration = Name ":" Name [ "=" Expression ] ;
  readonly argumentDeclaration = this.RULE("ArgumentDeclaration", () => {
    this.CONSUME1(t.Name, { LABEL: "name" });
    this.CONSUME(t.Colon);
    this.CONSUME2(t.Name, { LABEL: "type" });
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  // MethodItem = Parameter | Input | Let | Output ;
  readonly methodItem = this.RULE("MethodItem", () =>
    this.#oneOf([this.parameter, this.inputDeclaration, this.let, this.output]),
  );

  // Parameter = "param" Name ":" Shape "=" Expression { Annotation } ;
  readonly parameter = this.RULE("Parameter", () => {
    this.CONSUME(t.Param);
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.shape);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
    this.MANY(() => this.SUBRULE(this.annotation));
  });

  // Annotation = InGroup | "frozen" | Projection ;
  readonly annotation = this.RULE("Annotation", () => this.#oneOf([this.inGroup, t.Frozen, this.projection]));

  // InGroup = "group" Name ;
  readonly inGroup = this.RULE("InGroup", () => {
    this.CONSUME(t.Group);
    this.CONSUME(t.Name);
  });

  // Projection = "project" Expression ;
  readonly projection = this.RULE("Projection", () => {
    this.CONSUME(t.Project);
    this.SUBRULE(this.expression);
  });

  // Shape = "[" [ Expression { "," Expression } [ "," ] ] "]" ;
  readonly shape = this.RULE("Shape", () => {
    this.CONSUME(t.LeftBracket);
    this.OPTION1(() => this.#commaSeparated(this.expression, t.RightBracket));
    this.CONSUME(t.RightBracket);
  });

  // Input = "input" Name ":" Shape ;
  readonly inputDeclaration = this.RULE("Input", () => {
    this.CONSUME(t.Input);
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.shape);
  });

  // Let = "let" Name "=" Expression ;
  readonly let = this.RULE("Let", () => {
    this.CONSUME(t.Let);
    this.CONSUME(t.Name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  // Output = "output" Expression ;
  readonly output = this.RULE("Output", () => {
    this.CONSUME(t.Output);
    this.SUBRULE(this.expression);
  });

  // Tune = "tune" Name "{" { TuneItem } "}" ;
  readonly tune = this.RULE("Tune", () => {
    this.CONSUME(t.Tune);
    this.CONSUME(t.Name);
    this.#inBraces(this.tuneItem);
  });

  // TuneItem = Group | Train | Field ;
  readonly tuneItem = this.RULE("TuneItem", () => {
    this.OR({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { GATE: () => !this.#followed(t.Equals), ALT: () => this.SUBRULE(this.group) },
        { GATE: () => !this.#followed(t.Equals), ALT: () => this.SUBRULE(this.train) },
        { ALT: () => this.SUBRULE(this.field) },
      ],
    });
  });

  // Group = "group" Name Block ;
  readonly group = this.RULE("Group", () => {
    this.CONSUME(t.Group);
    this.CONSUME(t.Name);
    this.SUBRULE(this.block);
  });

  // Train = "train" Block ;
  readonly train = this.RULE("Train", () => {
    this.CONSUME(t.Train);
    this.SUBRULE(this.block);
  });

  // Compare = "compare" Name "{" { CompareItem } "}" ;
  readonly compare = this.RULE("Compare", () => {
    this.CONSUME(t.Compare);
    this.CONSUME(t.Name);
    this.#inBraces(this.compareItem);
  });

  // CompareItem = Leg | TuneItem ;
  readonly compareItem = this.RULE("CompareItem", () => {
    this.OR({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { GATE: () => !this.#followed(t.Equals), ALT: () => this.SUBRULE(this.leg) },
        { ALT: () => this.SUBRULE(this.tuneItem) },
      ],
    });
  });

  // Leg = "leg" Name "{" { TuneItem } "}" ;
  readonly leg = this.RULE("Leg", () => {
    this.CONSUME(t.Leg);
    this.CONSUME(t.Name);
    this.#inBraces(this.tuneItem, () => !this.#beginsLeg());
  });

  // Sweep = "sweep" Name "of" Name "{" { Axis } "}" ;
  readonly sweep = this.RULE("Sweep", () => {
    this.CONSUME(t.Sweep);
    this.CONSUME1(t.Name, { LABEL: "name" });
    this.CONSUME(t.Of);
    this.CONSUME2(t.Name, { LABEL: "base" });
    this.#inBraces(this.axis);
  });

  // Axis = Word { "." Word } "in" Expression ;
  readonly axis = this.RULE("Axis", () => {
    this.CONSUME1(t.Word);
    this.MANY(() => {
      this.CONSUME(t.Dot);
      this.CONSUME2(t.Word);
    });
    this.CONSUME(t.In);
    this.SUBRULE(this.expression);
  });

  // Expression = Sum [ "within" Percent ] ;
  readonly expression = this.RULE("Expression", () => {
    this.SUBRULE(this.sum);
    this.#optionalPair(t.Within, t.Percent, () => !this.#beginsSetting());
  });

  // Sum = Product { SumOperator Product } ;
  readonly sum = this.RULE("Sum", () => {
    this.SUBRULE1(this.product);
    this.MANY(() => {
      this.CONSUME(t.SumOperator);
      this.SUBRULE2(this.product);
    });
  });

  // Product = Unary { ProductOperator Unary } ;
  readonly product = this.RULE("Product", () => {
    this.SUBRULE1(this.unary);
    this.MANY(() => {
      this.CONSUME(t.ProductOperator);
      this.SUBRULE2(this.unary);
    });
  });

  // Unary = { "-" } Postfix ;
  readonly unary = this.RULE("Unary", () => {
    this.MANY(() => this.CONSUME(t.Minus));
    this.SUBRULE(this.postfix);
  });

  // Postfix = Primary { Slice } ;
  readonly postfix = this.RULE("Postfix", () => {
    this.SUBRULE(this.primary);
    this.MANY(() => this.SUBRULE(this.slice));
  });

  // Slice = "[" [ Sum ] ".." [ Sum ] "]" ;
  readonly slice = this.RULE("Slice", () => {
    this.CONSUME(t.LeftBracket);
    this.OPTION1(() => this.SUBRULE1(this.sum, { LABEL: "from" }));
    this.CONSUME(t.Range);
    this.OPTION2(() => this.SUBRULE2(this.sum, { LABEL: "to" }));
    this.CONSUME(t.RightBracket);
  });

  // Primary = Number | Share | String | Reference | List | Record | Parenthesis ;
  readonly primary = this.RULE("Primary", () =>
    this.#oneOf([
      t.NumberToken,
      this.share,
      t.StringToken,
      this.reference,
      this.list,
      this.record,
      this.parenthesis,
    ]),
  );

  // Share = Percent [ "of" Word ] ;
  readonly share = this.RULE("Share", () => {
    this.CONSUME(t.Percent);
    this.#optionalPair(t.Of, t.Word, () => !this.#beginsSetting());
  });

  // Reference = Name [ Arguments | Block ] ;
  readonly reference = this.RULE("Reference", () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.OR([{ ALT: () => this.SUBRULE(this.arguments) }, { ALT: () => this.SUBRULE(this.block) }]);
    });
  });

  // Parenthesis = "(" Expression ")" ;
  readonly parenthesis = this.RULE("Parenthesis", () => {
    this.CONSUME(t.LeftParen);
    this.SUBRULE(this.expression);
    this.CONSUME(t.RightParen);
  });

  // Arguments = "(" [ Argument { "," Argument } [ "," ] ] ")" ;
  readonly arguments = this.RULE("Arguments", () => {
    this.CONSUME(t.LeftParen);
    this.OPTION1(() => this.#commaSeparated(this.argument, t.RightParen));
    this.CONSUME(t.RightParen);
  });

  // Argument = [ Word "=" ] Expression ;
  readonly argument = this.RULE("Argument", () => {
    this.#optionalPair(t.Word, t.Equals, () => this.#followed(t.Equals));
    this.SUBRULE(this.expression);
  });

  // List = "[" [ Expression { "," Expression } [ "," ] ] "]" ;
  readonly list = this.RULE("List", () => {
    this.CONSUME(t.LeftBracket);
    this.OPTION1(() => this.#commaSeparated(this.expression, t.RightBracket));
    this.CONSUME(t.RightBracket);
  });

  // Record = "{" [ Entry { "," Entry } [ "," ] ] "}" ;
  readonly record = this.RULE("Record", () => {
    this.CONSUME(t.LeftBrace);
    this.OPTION1(() => this.#commaSeparated(this.entry, t.RightBrace));
    this.CONSUME(t.RightBrace);
  });

  // Entry = ( String | Number | Word ) ":" Expression ;
  readonly entry = this.RULE("Entry", () => {
    this.#oneOf([t.StringToken, t.NumberToken, t.Word]);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
  });

  /** `"{" { Item } "}"`; at most one of these in a rule. */
  #inBraces(item: ParserMethod<[], CstNode>, goesOn?: () => boolean): void {
    this.CONSUME7(t.LeftBrace);
    this.MANY7({ GATE: goesOn, DEF: () => this.SUBRULE7(item) });
    this.CONSUME7(t.RightBrace);
  }

  #oneOf(alternatives: readonly (TokenType | ParserMethod<[], CstNode>)[]): void {
    const one = (it: (typeof alternatives)[number]) =>
      typeof it === "function" ? this.SUBRULE(it) : this.CONSUME(it);
    this.OR(alternatives.map((it) => ({ ALT: () => one(it) })));
  }

  #optionalPair(first: TokenType, second: TokenType, applies: () => boolean): void {
    const consume = () => (this.CONSUME9(first), this.CONSUME9(second));
    this.OPTION9({ GATE: applies, DEF: consume });
  }

  /** `Item { "," Item } [ "," ]`, up to but without the closing bracket; at most one of these in a rule. */
  #commaSeparated(item: ParserMethod<[], CstNode>, closing: TokenType): void {
    this.SUBRULE8(item);
    this.MANY8({
      GATE: () => !this.#followed(closing),
      DEF: () => {
        this.CONSUME8(t.Comma);
        this.SUBRULE9(item);
      },
    });
    this.OPTION9(() => this.CONSUME9(t.Comma));
  }

  /** Is the token behind the next one of this type? */
  #followed(type: TokenType): boolean {
    return this.LA(2).tokenType === type;
  }

  /** Does `group g`, `leg l` or `train {` come next? Then the brace of the block before it was forgotten. */
  #beginsBlock(): boolean {
    const next = this.LA(1).tokenType;
    if (next === t.Group) return this.#followed(t.Name);
    return (next === t.Train && this.#followed(t.LeftBrace)) || this.#beginsLeg();
  }

  #beginsLeg(): boolean {
    return this.LA(1).tokenType === t.Leg && this.#followed(t.Name);
  }

  /** Is the next word the name of a setting or an axis rather than a keyword of the value before it? */
  #beginsSetting(): boolean {
    return this.#followed(t.Equals) || this.#followed(t.Dot) || this.#followed(t.In);
  }
}
