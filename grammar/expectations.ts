// What the parser was waiting for where it stumbled, in a reader's words. Chevrotain's own sentences never get out.

import { EOF, tokenLabel, type IParserErrorMessageProvider, type TokenType } from "chevrotain";

/** By rule, where a list of tokens would say less than the thing they stand for. */
const wantedByRule: Readonly<Record<string, string>> = {
  Primary: "a value",
  MethodItem: '"param", "input", "let" or "output"',
  Entry: "a name, a number or a string",
};

/** By rule, what else may stand where the closing mark is missing. */
const beforeClosing: Readonly<Record<string, string>> = {
  Block: "a setting or ",
  Tune: "a setting or ",
  Compare: "a setting, a leg or ",
  Leg: "a setting or ",
  Sweep: "an axis or ",
  Method: '"param", "input", "let", "output" or ',
  Import: '"," or ',
  Arguments: '"," or ',
  List: '"," or ',
  Shape: '"," or ',
  Record: '"," or ',
};

/** Thrown out of a parse that found more errors than anybody will read; `parse` catches it. */
export class TooManyErrors extends Error {}

/** What is expected where a declaration is read and its tokens are not used up. */
export const nothingMore = "nothing more";

/** The message of a parser error is the phrase that follows "expected". */
export class Expectations implements IParserErrorMessageProvider {
  #left = 0;

  /** To be called before each parse. Recovery costs time and stack for every error, so their number is bounded. */
  allow(errors: number): void {
    this.#left = errors;
  }

  buildMismatchTokenMessage: IParserErrorMessageProvider["buildMismatchTokenMessage"] = (found) =>
    this.#counted(mismatch(found.expected, found.ruleName));

  buildNoViableAltMessage: IParserErrorMessageProvider["buildNoViableAltMessage"] = (found) =>
    this.#counted(
      wantedByRule[found.ruleName] ?? oneOf(found.expectedPathsPerAlt.flat().map(([first]) => first)),
    );

  /** No production of the grammar repeats at least once. */
  buildEarlyExitMessage: IParserErrorMessageProvider["buildEarlyExitMessage"] = (found) =>
    this.#counted(wantedByRule[found.ruleName] ?? "something else");

  buildNotAllInputParsedMessage: IParserErrorMessageProvider["buildNotAllInputParsedMessage"] = () =>
    this.#counted(nothingMore);

  #counted(phrase: string): string {
    this.#left -= 1;
    if (this.#left < 0) throw new TooManyErrors();
    return phrase;
  }
}

function mismatch(expected: TokenType, ruleName: string): string {
  if (expected === EOF) return nothingMore;
  const closing = ["RightBrace", "RightParen", "RightBracket"].includes(expected.name);
  // A method has two pairs of brackets; only the braces hold items.
  if (ruleName === "Method" && expected.name === "RightParen") return '"," or ")"';
  return (closing ? (beforeClosing[ruleName] ?? "") : "") + tokenLabel(expected);
}

function oneOf(candidates: readonly (TokenType | undefined)[]): string {
  const labels = [...new Set(candidates.filter((token) => token !== undefined).map(tokenLabel))];
  const last = labels.pop() ?? "something else";
  return labels.length > 0 ? `${labels.join(", ")} or ${last}` : last;
}
