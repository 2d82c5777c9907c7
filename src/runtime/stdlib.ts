// Where the files that come with dept lie, from the sources and from the built package alike.

import { existsSync, readFileSync } from "node:fs";

/** `stdlib("data/wordnet-t5")`: the address of a file or folder of the package's `stdlib` folder. */
export function stdlib(path: string): URL {
  return new URL(`stdlib/${path}`, packageRoot);
}

/** The package's folder: the nearest one upwards that holds a package.json. */
const packageRoot = findPackageRoot();

function findPackageRoot(): URL {
  let folder = new URL(".", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const parent = new URL("..", folder);
    if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`);
    folder = parent;
  }
  return folder;
}

/** The version of this package. */
export function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("package.json", packageRoot), "utf8"),
  );
  return manifest.version;
}
