// Code to text. Layout is prettier's; this only says the words.

import type { Code, Entry } from "./script.ts";

export function printCode(code: Code): string {
  switch (code.kind) {
    case "name":
      return code.text;
    case "number":
      return printNumber(code.value);
    case "flag":
      return String(code.value);
    case "text":
      return JSON.stringify(code.value);
    case "call":
      return `${code.callee}(${code.arguments.map(printCode).join(", ")})`;
    case "binary":
      return `${grouped(code.left)} ${code.operator} ${grouped(code.right)}`;
    case "list":
      return `[${code.items.map(printCode).join(", ")}]`;
    case "object":
      return `{${code.entries.map(printEntry).join("")}}`;
    case "await":
      return `await ${printCode(code.value)}`;
  }
}

/** Thousands are grouped, as in the source: `30_000`. */
export function printNumber(value: number): string {
  const plain = String(value);
  return Number.isInteger(value) && /^-?\d{4,}$/.test(plain) ? plain.replace(/\B(?=(\d{3})+$)/g, "_") : plain;
}

/** Prettier removes the parentheses that are not needed. */
function grouped(code: Code): string {
  return code.kind === "binary" ? `(${printCode(code)})` : printCode(code);
}

function printEntry({ key, value, comment }: Entry): string {
  const written = printCode(value);
  const property = written === key ? key : `${printKey(key)}: ${written}`;
  return `${property},${comment === undefined ? "" : ` // ${comment}\n`}`;
}

function printKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
