// What can be said about a project's settings and the comments that excuse.

import type { Entry } from "../entry.ts";

export const projectMessages = {
  "project/not-json": {
    severity: "error",
    message: "{path} is not JSON",
    help: "write it like {example}",
    why: "A project's rules are read from dept.json, or from the key dept of package.json.",
  },
  "project/wrong-setting": {
    severity: "error",
    message: "{name} takes {expected}, found {found}",
    why: "A rule that is set to something else would silently stay as it is.",
  },
  "project/unknown-code": {
    severity: "error",
    message: "no diagnostic is called {code}{suggestion}",
    help: "dept explain lists them all",
    why: "A rule or an excuse for a code that does not exist has no effect.",
  },
  "project/sound-rule": {
    severity: "error",
    message: "{code} is an error that cannot be {action}",
    help: "mend what it reports; warnings, and the errors that are a policy, can be set",
    why: "What the compiler proves stands on it: a plan that passed in spite of it would prove nothing.",
  },
  "project/ignore-form": {
    severity: "warning",
    message: "this dept-ignore {problem}, so it silences nothing",
    help: "write // dept-ignore CODE: reason",
    why: "Who reads an excuse must learn what is excused and why; without a reason nobody dares to remove it.",
  },
  "project/ignore-unused": {
    severity: "warning",
    message: "{code} is not reported here, so there is nothing to silence",
    help: "remove the comment",
    why: "An excuse that has outlived its mistake hides the next one.",
  },
} as const satisfies Record<string, Entry>;
