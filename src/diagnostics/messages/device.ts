// What can be said about a run on a device that was named: by `--device` and `--backend`.

import type { Entry } from "../entry.ts";

export const deviceMessages = {
  "device/memory": {
    severity: "error",
    message: "{tune} needs about {needed}; {device} has {available}",
    help: "take a smaller batch, shorter inputs or a smaller backbone",
    why: "A run that outgrows its device stops in the middle, after the download. The estimate is by kind; dept plan --device prints it.",
    policy: true,
    asks: "device",
  },
  "device/no-gradient": {
    severity: "error",
    message: "{operation} has {lack} on {backend}",
    help: "name a backend on which it is right: {others}",
    why: "Backends of TensorFlow.js lack gradients, or compute wrong ones without a word. A trial of each holds the table that this follows.",
    asks: "device",
  },
} as const satisfies Record<string, Entry>;
