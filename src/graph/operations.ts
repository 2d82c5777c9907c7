// The operations a method's expression can call, and the ways a parameter can begin.

/** Functions of one tensor that keep its shape. `softmax` and `layer_norm` work along the last axis. */
export const operations = [
  "relu",
  "gelu",
  "silu",
  "tanh",
  "sigmoid",
  "softmax",
  "layer_norm",
  "sqrt",
] as const;

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
