// The version in package.json.

import { createRequire } from "node:module";

export function packageVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("dept-lang/package.json");
  return (manifest as { readonly version: string }).version;
}
