// format(text): the one function the CLI, the editor and the tests call.

import { format as prettierFormat } from "prettier";
import { Diagnostics, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { positionAt, sourceText } from "../source/source-text.ts";
import { parse } from "../syntax/parse.ts";
import plugin from "./index.ts";

/** A text with syntax errors is not formatted. The message says where the first one is; all are in `diagnostics`. */
export class FormatRefused extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const [first] = diagnostics;
    const place = first && positionAt(first.place.source, first.place.span.start);
    super(first && place ? `${first.place.source.path}:${place.line}:${place.column}: ${first.message}` : "");
    this.name = "FormatRefused";
    this.diagnostics = diagnostics;
  }
}

/** The text in the language's one style. Throws `FormatRefused` where it has syntax errors. */
export async function format(text: string, path = "text"): Promise<string> {
  const found = new Diagnostics();
  parse(sourceText(path, text), found);
  const diagnostics = found.inSourceOrder();
  if (diagnostics.length > 0) throw new FormatRefused(diagnostics);
  return prettierFormat(text, {
    parser: "dept",
    plugins: [plugin],
    printWidth: 100,
    tabWidth: 2,
    endOfLine: "lf",
  });
}
