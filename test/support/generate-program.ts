// Programs drawn from the grammar: every production, values nested in one another, comments and odd spacing between tokens.

type Random = (below: number) => number;

const names = [
  "a",
  "rte_dept",
  "length",
  "P",
  "x1",
  "much_longer_name_of_a_thing",
  "d",
  "s",
  "n",
  "rank",
  "std",
];
const numbers = ["0", "1", "0.5", "3e-1", "30_000", "1e6", "12_345.75"];
const percents = ["0.5%", "10%", "100%"];
const strings = [
  '"text"',
  '"{premise} and {hypothesis}"',
  '"a \\"quoted\\" \\\\ line\\n"',
  '""',
  '"é ∑ long enough to break a line in two"',
];

/** One program as its tokens, documentation and comments among them. The same seed draws the same programs. */
class Draft {
  readonly parts: string[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  document(): void {
    if (this.one(4)) this.importOf();
    this.declaration();
    if (this.one(4)) this.declaration();
  }

  importOf(): void {
    this.add("import", "{");
    this.list(1 + this.#random(4), () => {
      this.add(this.name());
      if (this.one(4)) this.add("as", this.name());
    });
    this.add("}", "from", this.pick(strings));
  }

  declaration(): void {
    if (this.one(3)) this.parts.push("\n/// What it is.\n");
    switch (this.#random(6)) {
      case 0:
        this.add(this.pick(["backbone", "task"]), this.name());
        return this.block();
      case 1:
        return this.method();
      case 2:
        this.add("tune", this.name(), "{");
        this.some(3, () => this.tuneItem());
        return this.add("}");
      case 3:
        this.add("compare", this.name(), "{");
        this.some(2, () => this.tuneItem());
        this.some(2, () => {
          this.add("leg", this.name(), "{");
          this.some(2, () => this.tuneItem());
          this.add("}");
        });
        return this.add("}");
      case 4:
        this.add("sweep", this.name(), "of", this.name(), "{");
        this.some(4, () => {
          this.add(this.name());
          this.some(2, () => this.add(".", this.name()));
          this.add("in");
          this.expression(2);
        });
        return this.add("}");
      default:
        this.add("task", this.name());
        return this.block();
    }
  }

  method(): void {
    this.add("method", this.name(), "(");
    this.list(this.#random(4), () => {
      this.add(this.name(), ":", this.pick(["int", "float", "text", "file"]));
      if (this.one(3)) {
        this.add("=");
        this.expression(1);
      }
    });
    this.add(")", "{");
    this.some(3, () => this.methodItem());
    this.add("}");
  }

  methodItem(): void {
    switch (this.#random(4)) {
      case 0:
        this.add("param", this.name(), ":");
        this.shape();
        this.add("=");
        this.expression(2);
        return this.some(2, () => {
          switch (this.#random(3)) {
            case 0:
              return this.add("group", this.name());
            case 1:
              return this.add("frozen");
            default:
              this.add("project");
              return this.expression(1);
          }
        });
      case 1:
        this.add("input", this.name(), ":");
        return this.shape();
      case 2:
        this.add("let", this.name(), "=");
        return this.expression(3);
      default:
        this.add("output");
        return this.expression(3);
    }
  }

  shape(): void {
    this.add("[");
    this.list(this.#random(4), () => this.expression(1));
    this.add("]");
  }

  tuneItem(): void {
    if (this.one(4)) this.add("group", this.name());
    else if (this.one(4)) this.add("train");
    else {
      this.add(this.name(), "=");
      return this.expression(3);
    }
    this.block();
  }

  block(): void {
    this.add("{");
    this.some(3, () => {
      this.add(this.name(), "=");
      this.expression(3);
    });
    this.add("}");
  }

  expression(depth: number): void {
    this.sum(depth);
    if (this.one(8)) this.add("within", this.pick(percents));
  }

  sum(depth: number): void {
    this.unary(depth);
    this.some(depth > 0 ? 2 : 0, () => {
      this.add(this.pick(["+", "-", "*", "/", "@"]));
      this.unary(depth - 1);
    });
  }

  unary(depth: number): void {
    if (this.one(8)) this.add("-");
    this.primary(depth);
    if (!this.one(8)) return;
    this.add("[");
    if (this.one(2)) this.sum(0);
    this.add("..");
    if (this.one(2)) this.sum(0);
    this.add("]");
  }

  primary(depth: number): void {
    switch (this.#random(depth > 0 ? 9 : 4)) {
      case 0:
        return this.add(this.pick(numbers));
      case 1:
        return this.add(this.pick(strings));
      case 2:
        this.add(this.pick(percents));
        return this.one(3) ? this.add("of", this.name()) : undefined;
      case 3:
      case 4:
        return this.add(this.name());
      case 5:
        this.add(this.name(), "(");
        this.list(this.#random(4), () => {
          if (this.one(2)) this.add(this.name(), "=");
          this.expression(depth - 1);
        });
        return this.add(")");
      case 6:
        this.add("[");
        this.list(this.#random(4), () => this.expression(depth - 1));
        return this.add("]");
      case 7:
        this.add("{");
        this.list(1 + this.#random(3), () => {
          this.add(this.pick([...strings, ...numbers, ...names]), ":");
          this.expression(depth - 1);
        });
        return this.add("}");
      default:
        this.add("(");
        this.expression(depth - 1);
        return this.add(")");
    }
  }

  name(): string {
    return this.pick(names);
  }

  pick(words: readonly string[]): string {
    return words[this.#random(words.length)] ?? "";
  }

  one(of: number): boolean {
    return this.#random(of) === 0;
  }

  some(most: number, item: () => void): void {
    for (let count = this.#random(most + 1); count > 0; count--) item();
  }

  list(count: number, item: () => void): void {
    for (let index = 0; index < count; index++) {
      item();
      if (index < count - 1 || this.one(4)) this.add(",");
    }
  }

  /** Each token with what stands behind it: mostly a space, sometimes lines, now and then a comment. */
  add(...tokens: readonly string[]): void {
    for (const token of tokens) {
      const space = this.one(25)
        ? ` // note ${this.#random(100)}\n`
        : this.pick([" ", " ", " ", "\n", "\n\n\n", "\t"]);
      this.parts.push(token, space);
    }
  }
}

/** The text of a program that the grammar allows; a few of them a rule beyond it forbids, which the parser says. */
export function generateProgram(random: Random): string {
  const draft = new Draft(random);
  draft.document();
  return draft.parts.join("");
}
