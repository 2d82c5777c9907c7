// What can be said about the parser.

import type { Entry } from "../entry.ts";

export const syntaxMessages = {
  "syntax/unexpected": {
    severity: "error",
    message: "expected {expected}, found {found}",
    why: "The text does not fit the grammar at this place. The parser goes on behind it, so that one slip does not hide the next.",
  },
  "syntax/character": {
    severity: "error",
    message: "{character} means nothing here",
    help: "remove it, or put it inside a string",
    why: "No token of the language begins with this character.",
  },
  "syntax/string-open": {
    severity: "error",
    message: "this string is not closed",
    help: 'end it with a double quote on the same line: "…"',
    why: "Strings end on the line they begin on, so that a forgotten quote cannot swallow the rest of a file.",
  },
  "syntax/escape": {
    severity: "error",
    message: "a string knows no {escape}",
    help: 'what a string knows: \\" for a quote, \\\\ for a backslash, \\n for a line break, \\t for a tab',
    why: "A backslash that means nothing is more often a slip (a path, a formula) than a wish for the bare letter.",
  },
  "syntax/number": {
    severity: "error",
    message: "{text} is not a number",
    help: "numbers are written like 40, 30_000, 0.5 or 3e-1",
    why: "It begins with a digit but goes on with something a number cannot hold, or it is larger than any number.",
  },
  "syntax/misspelt": {
    severity: "error",
    message: "{found} is not a keyword; did you mean {keyword}?",
    why: "What follows fits the keyword and nothing else, so the parser went on as if it had been written.",
  },
  "syntax/reserved": {
    severity: "error",
    message: "{word} is a keyword and cannot be a name",
    help: "give it another name",
    why: "Keywords may name settings, where the grammar leaves no doubt, but not what a file declares.",
  },
  "syntax/late-import": {
    severity: "error",
    message: "imports stand before the first declaration",
    help: "move this import to the top of the file",
    why: "A reader finds everything a file takes from elsewhere in one place.",
  },
  "syntax/too-deep": {
    severity: "error",
    message: "this is nested more than {limit} deep, and the rest of the file was not read",
    help: "name the inner parts with let, or take brackets away",
    why: "No program needs it, and reading without a bound would let a broken file crash the compiler.",
  },
  "syntax/too-many": {
    severity: "error",
    message: "there is more wrong in this declaration than is listed",
    help: "mend what is listed first",
    why: "After some dozens of errors in one declaration the parser only guesses, so it stops and goes on with the next one.",
  },
} as const satisfies Record<string, Entry>;
