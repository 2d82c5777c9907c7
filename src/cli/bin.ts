#!/usr/bin/env node
// The `dept` executable: this process's command line and terminal, handed to `main`.

import { nodeHost } from "../host.ts";
import { main } from "./main.ts";

process.exitCode = await main(process.argv.slice(2), {
  host: nodeHost(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  color: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
});
