// Every benchmark that can run on this machine, one after the other; what it lacks is named and left out.
//
//   npm run bench [-- --quick]

import { spawnSync } from "node:child_process";
import path from "node:path";

const more = process.argv.slice(2);
let failed = 0;
for (const name of ["compile", "start-up", "pytorch", "methods", "backends", "memory"]) {
  console.log(`\n── ${name} ──`);
  const file = path.join(import.meta.dirname, `${name}.js`);
  const { status } = spawnSync(process.execPath, [file, ...more], { stdio: "inherit" });
  if (status !== 0) failed++;
}
if (failed > 0) console.error(`\n${failed} of them failed`);
process.exitCode = failed > 0 ? 1 : 0;
