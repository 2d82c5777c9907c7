// What can be said about a task's rows once they have been read: by `dept data`.

import type { Entry } from "../entry.ts";

export const dataMessages = {
  "data/untrained-rows": {
    severity: "warning",
    message: "rows {from} to {to} of {tensor} are never trained by this data, yet they move longer inputs",
    help: "train on longer inputs, or cut at fewer max_tokens where no input to come is longer than {longest} tokens",
    why: "Rows of a positional tensor that no training input reaches stay as they began, but what they are multiplied by is trained: in a released adapter the rows from 49 on add nothing but noise to longer inputs.",
    asks: "rows",
  },
  "data/unequal-texts": {
    severity: "warning",
    message:
      "the classes' texts have {fewest} to {most} tokens and are scored by the sum of their log-likelihoods, which each further token lowers",
    help: "score = mean in the target divides by the tokens; or take texts of one length",
    why: 'To T5 "0" is two tokens and "1" is one: a sum of log-likelihoods prefers the shorter text before it has read the input.',
    asks: "rows",
  },
  "data/shared-rows": {
    severity: "warning",
    message: "{rows} of {of} stand in {from}, too{labels}",
    help: "take them out of one of the two splits",
    why: "A row that was trained on, or chosen by, says nothing about rows that were not.",
    asks: "rows",
  },
  "data/empty-inputs": {
    severity: "warning",
    message: "{rows} of {split} without a word beside the template",
    help: "look at the fields that the template names in those rows",
    why: "An input of which only the template is left has an answer that cannot be learned.",
    asks: "rows",
  },
  "data/class-without-rows": {
    severity: "warning",
    message: "{split} has no row of {classes}",
    help: "add rows of it, or take it out of the target",
    why: "A class without training rows is never answered, and one without test rows is never scored.",
    asks: "rows",
  },
} as const satisfies Record<string, Entry>;
