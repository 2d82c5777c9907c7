// The prettier plugin: `prettier --plugin dept-lang/prettier program.dept`.

import type { AstPath, Parser, Plugin, Printer } from "prettier";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { positionAt, sourceText } from "../source/source-text.ts";
import type { Node } from "../syntax/ast.ts";
import { childrenOf } from "../syntax/children.ts";
import { parse } from "../syntax/parse.ts";
import { printComment } from "./brackets.ts";
import { placeComment, type PlacedComment } from "./comments.ts";
import { print } from "./print.ts";

/** Parses afresh each time: prettier writes on the tree it prints. */
const parser: Parser<Node> = {
  astFormat: "dept",
  locStart: (node) => node.span.start,
  locEnd: (node) => node.span.end,
  parse(text) {
    const found = new Diagnostics();
    const source = sourceText("", text);
    const document = parse(source, found);
    const [first] = found.inSourceOrder();
    if (first === undefined) {
      // Prettier reads a comment's words from a field of this name.
      const comments = document.comments.map((comment) => ({ ...comment, value: comment.text }));
      return { ...document, comments };
    }
    const start = positionAt(source, first.place.span.start);
    const end = positionAt(source, first.place.span.end);
    throw Object.assign(new SyntaxError(first.message), { loc: { start, end } });
  },
};

const printer: Printer<Node> = {
  print: (path, options, recurse, args) =>
    print(path, options, recurse, args as readonly number[] | undefined),
  canAttachComment: (node) => node.kind !== "Comment",
  getCommentChildNodes: (node) => (node.kind === "Comment" ? [] : [...childrenOf(node as Node)]),
  isBlockComment: () => false,
  printComment: (path: AstPath, options) => printComment(path.node as PlacedComment, options.originalText),
  handleComments: { ownLine: placeComment, endOfLine: placeComment, remaining: placeComment },
};

const plugin: Plugin<Node> = {
  languages: [{ name: "dept", parsers: ["dept"], extensions: [".dept"], linguistLanguageId: 0 }],
  parsers: { dept: parser },
  printers: { dept: printer },
  defaultOptions: { printWidth: 100, tabWidth: 2 },
};

export default plugin;
