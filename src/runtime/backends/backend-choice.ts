// The names a backend is chosen by.

/** In the order in which `auto` tries them. */
export const backendNames = ["node-gpu", "webgpu", "node", "wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];

export const backendChoices = ["auto", ...backendNames] as const;

export type BackendChoice = (typeof backendChoices)[number];

export function isBackendName(name: string): name is BackendName {
  return (backendNames as readonly string[]).includes(name);
}

export function isBackendChoice(name: string): name is BackendChoice {
  return (backendChoices as readonly string[]).includes(name);
}
