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
export const forms = ["concat", "max", "mean", "reshape", "transpose"] as const;

export type OperationName = (typeof operations)[number];

/** What each initialiser takes. */
export const initialisers = {
  zeros: [],
  ones: [],
  normal: ["std"],
  uniform: ["bound"],
  kaiming_uniform: [],
  vocabulary: [],
} as const satisfies Record<string, readonly string[]>;

export type InitialiserName = keyof typeof initialisers;
