// Which operand needs parentheses to stay the operand it is.

import type { Expression, Node } from "../syntax/ast.ts";

/** How tightly an expression holds together: within < sum < product < minus < slice < everything else. */
function tightness(node: Expression): number {
  switch (node.kind) {
    case "Within":
      return 0;
    case "Binary":
      return node.operator === "+" || node.operator === "-" ? 1 : 2;
    case "Negate":
      return 3;
    case "Slice":
      return 4;
    default:
      return 5;
  }
}

export function needsParentheses(node: Expression, parent: Node | null): boolean {
  switch (parent?.kind) {
    case "Binary":
      // `a - (b - c)` keeps its parentheses, `(a - b) - c` has none.
      return (
        tightness(node) < tightness(parent) ||
        (node === parent.right && tightness(node) === tightness(parent))
      );
    case "Negate":
      return tightness(node) < 3;
    case "Slice":
      return tightness(node) < (node === parent.operand ? 4 : 1);
    case "Within":
      return tightness(node) < 1;
    default:
      return false;
  }
}

/** `a + b - c` breaks as one: its inner sums make no group of their own. */
export function continuesChain(node: Expression, parent: Node | null): boolean {
  return parent?.kind === "Binary" && node === parent.left && tightness(node) === tightness(parent);
}
