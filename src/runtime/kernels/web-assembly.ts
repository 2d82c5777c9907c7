// The WebAssembly values that we use: the type library for Node declares none.

interface WebAssemblyNamespace {
  readonly Memory: new (descriptor: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => WebAssemblyModule;
  readonly Instance: new (module: WebAssemblyModule, imports: object) => { readonly exports: unknown };
}

/** Compiled code; it can be sent to a worker. */
export interface WebAssemblyModule {
  readonly [Symbol.toStringTag]: string;
}

export const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace })
  .WebAssembly;
