// What a trial of each operation's gradient gave on each backend. Written by test/graph/operation-gradients.test.ts.

/** `none`: it throws. `wrong`: it differs from finite differences or from cpu. `untried`: on no machine yet. */
export type Gradient = "right" | "wrong" | "none" | "untried";

export const operationGradients = {
  add: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  subtract: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  multiply: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  divide: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  matmul: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  slice: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  concat: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  relu: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  gelu: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  silu: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  tanh: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  sigmoid: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  softmax: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  layer_norm: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  sqrt: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  top_1: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  max: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  mean: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  reshape: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
  transpose: { "node-gpu": "untried", webgpu: "right", node: "untried", wasm: "right", cpu: "right" },
} as const satisfies Record<string, Readonly<Record<string, Gradient>>>;

export type TriedOperation = keyof typeof operationGradients;

export type TriedBackend = keyof (typeof operationGradients)[TriedOperation];
