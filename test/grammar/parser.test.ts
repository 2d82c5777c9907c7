import { Lexer } from "chevrotain";
import { expect, test } from "vitest";
import { Expectations } from "../../grammar/expectations.ts";
import { DeptParser } from "../../grammar/parser.ts";
import { tokens } from "../../grammar/tokens.ts";
import { lexerOptions } from "../../src/syntax/read-tokens.ts";

test("the grammar is sound: no ambiguity, no left recursion, no empty repetition", () => {
  expect(() => new DeptParser(new Expectations(), true)).not.toThrow();
});

test("the tokens are sound: no unreachable one, none that matches nothing", () => {
  const lexer = new Lexer([...tokens], { ...lexerOptions, skipValidations: false });
  expect(lexer.lexerDefinitionErrors).toEqual([]);
});
