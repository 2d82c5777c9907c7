// The operations a method's expression can call, and the ways a parameter can begin.

/** Functions of one tensor that keep its shape. `softmax`, `layer_norm` and `top_1` work along the last axis. */
export const operations = [
  "relu",
  "gelu",
  "silu",
  "tanh",
  "sigmoid",
  "softmax",
  "layer_norm",
  "sqrt",
  "top_1",
] as const;

/** Functions with an arity or a shape of their own. */
export const forms = ["concat", "max", "mean", "occurrences", "reshape", "transpose"] as const;

export type OperationName = (typeof operations)[number];

interface Initialiser {
  /** What stands in its brackets, for the message. */
  readonly takes: string;
  /** Which tensors it can begin: any, one with rows and columns, or rows as wide as the backbone. */
  readonly makes: "any" | "matrix" | "words";
}

export const initialisers = {
  zeros: { takes: "nothing", makes: "any" },
  ones: { takes: "nothing", makes: "any" },
  normal: { takes: "one number, the std", makes: "any" },
  uniform: { takes: "one number, the bound", makes: "any" },
  kaiming_uniform: { takes: "nothing, or the axis of the fan: rows or columns", makes: "matrix" },
  xavier_uniform: { takes: "nothing", makes: "matrix" },
  orthogonal: { takes: "nothing", makes: "matrix" },
  vocabulary: { takes: "nothing", makes: "words" },
  text: { takes: "one text", makes: "words" },
  adapter: { takes: "a file and the name of a tensor in it", makes: "any" },
  pretrained: { takes: "nothing", makes: "any" },
} as const satisfies Record<string, Initialiser>;

export type InitialiserName = keyof typeof initialisers;

/** What can be done to a tensor after each step. */
export const projections = {
  ball: { takes: "one number, the radius" },
} as const satisfies Record<string, { readonly takes: string }>;
