// What all printers share: children, brackets around a list, comments in a bracket that holds nothing else.

import { doc, type AstPath, type Doc, type ParserOptions } from "prettier";
import type * as ast from "../syntax/ast.ts";
import { blankBehind } from "./columns.ts";

const { group, hardline, indent, join, line, softline, ifBreak } = doc.builders;

export type Path = AstPath<ast.Node>;
/** Prints a child: by its key, or all of a list; `pads` are the spaces its neighbours ask of it. */
export type Print = (path: Path, pads?: readonly number[]) => Doc;
export type Options = ParserOptions<ast.Node>;

/** Prettier types a path by the keys of one node; a path that may stand on any node needs a cast. */
export function child(path: Path, print: Print, key: string): Doc {
  return path.call((each) => print(each), ...([key] as unknown as []));
}

/** `[a, b]`, or one to a line with a comma behind the last. */
export function bracketed(open: Doc, items: readonly Doc[], close: string, dangling: Doc = ""): Doc {
  if (items.length > 0) {
    return group([open, indent([softline, join([",", line], [...items])]), ifBreak(","), softline, close]);
  }
  return dangling === "" ? [open, close] : group([open, indent([hardline, dangling]), hardline, close]);
}

export function children(path: Path, print: Print, key: string): Doc[] {
  return path.map((each) => print(each), ...([key] as unknown as []));
}

export function isDangling(comment: { leading?: boolean; trailing?: boolean }): boolean {
  return !comment.leading && !comment.trailing;
}

/** The comments of a bracket that holds nothing else, one to a line, blank lines between them kept. */
export function printDangling(path: Path, options: Options): Doc {
  const parts: Doc[] = [];
  let before: ast.Comment | undefined;
  path.each((each) => {
    const comment = each.node as unknown as ast.Comment & {
      printed?: boolean;
      leading?: boolean;
      trailing?: boolean;
    };
    if (!isDangling(comment)) return;
    comment.printed = true;
    if (before) parts.push(hardline, blankBehind(before, comment, options.originalText) ? hardline : "");
    parts.push(printComment(comment, options.originalText));
    before = comment;
  }, "comments" as never);
  return parts;
}

export function printComment({ span }: ast.Comment, text: string): string {
  return text.slice(span.start, span.end).trimEnd();
}
