// HTML and SVG put together so that no text can become markup by accident.

/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Insert = string | number | Markup | readonly Markup[] | undefined;

/** A template tag: what is inserted is escaped, unless it is Markup itself. */
export function markup(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  const parts = strings.map((string, index) => (index === 0 ? "" : textOf(inserts[index - 1])) + string);
  return new Markup(parts.join(""));
}

function textOf(insert: Insert): string {
  if (insert === undefined) return "";
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === "object") return insert.map(({ text }) => text).join("");
  return escapeText(String(insert));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
