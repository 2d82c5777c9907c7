// What can be said about groups, budgets and rates.

import type { Entry } from "../entry.ts";

export const planMessages = {
  "plan/cannot-write": {
    severity: "error",
    message: "{backbone} is a {architecture}, which answers in one word and cannot write text",
    help: "take a target of classes, or a t5, gpt2 or llama as backbone",
    why: "A masked-word model fills one place of its input; it has no way to go on from its own words.",
  },
  "plan/unused-group": {
    severity: "error",
    message: "group {group} holds no tensor: {method} has no such group{suggestion}",
    help: "its groups are: {known}",
    why: "A learning rate for a group that does not exist is set, logged and never applied.",
  },
  "plan/dead-tensor": {
    severity: "error",
    message: "{tensor} never reaches the output, so it would be counted but not trained",
    help: "use it in the output, or remove it",
    why: "In the encoder-classifier path of the method's reference code A and B are counted and never used.",
  },
  "plan/no-group": {
    severity: "error",
    message: "{tensor} is in no learning-rate group",
    help: "write param {tensor}: … group NAME, or frozen if it is not trained",
    why: "Two optimizers and one forgotten tensor: it would never learn.",
  },
  "plan/two-groups": {
    severity: "error",
    message: "{tensor} is in two learning-rate groups: {groups}",
    help: "keep one",
    why: "A tensor has one learning rate.",
  },
  "plan/frozen-in-group": {
    severity: "error",
    message: "{tensor} is frozen and in group {group}",
    help: "a frozen tensor has no learning rate: remove one of the two",
    why: "A learning rate for a frozen tensor is a dead setting.",
  },
  "plan/frozen-projected": {
    severity: "error",
    message: "{tensor} is frozen, so there is no step to project it after",
    help: "remove one of the two",
    why: "A projection of a tensor that never moves is a dead setting.",
  },
  "plan/no-learning-rate": {
    severity: "error",
    message: "group {group} has no learning rate; it holds {tensors}",
    help: "add to {tune}: group {group} {example}",
    why: "Learning rates decide whether soft prompts move at all; there is no default for one.",
  },
  "plan/learning-rate-range": {
    severity: "warning",
    message:
      "learning rate {rate} of group {group} is outside the range in which soft prompts move (0.01 to 1); it trains {tensors}",
    why: "In a public comparison at equal size, prompt tuning scored 5.7% at a learning rate of 1e-4 and 34% at a better one.",
  },
  "plan/learning-rate-zero": {
    severity: "warning",
    message: "group {group} has the learning rate 0: {tensors} would be counted as trained and never move",
    help: "give it a learning rate, or expect its first values to be its last",
    why: "A total of trained parameters that holds some which cannot train compares unlike things.",
  },
  "plan/never-moves": {
    severity: "error",
    message: "{tensor} never moves: its gradient is zero at the first step and stays zero",
    help: "let one factor of each product begin with something other than zeros",
    why: "Of a product whose factors both begin at zero neither ever learns; a factor that is 0 cuts off what it multiplies. Both would be counted but not trained.",
  },
  "plan/prompt-longer-than-input": {
    severity: "warning",
    message: "the method adds {rows} rows to inputs of at most {tokens} tokens",
    help: "most of what the backbone reads would be prompt: shorten it, or raise max_tokens",
    why: "A prompt costs its rows at every example, and one that is longer than any input is more often a max_tokens left at a small value.",
  },
  "plan/rank-too-large": {
    severity: "warning",
    message: "{product} has inner size {rank}, but its rank cannot exceed {limit}",
    help: "anything above {limit} is paid for and cannot be used",
    why: "The rank of a product is at most the smaller of its outer sizes.",
  },
  "plan/warmup-too-long": {
    severity: "error",
    policy: true,
    message: "warm-up takes {warmup} steps, but training ends after {steps}",
    help: "warm-up must be shorter than the training",
    why: "The learning rate would never reach its declared value.",
  },
  "plan/evaluate-too-rare": {
    severity: "error",
    policy: true,
    message: "evaluation every {every} steps never happens in {steps}",
    help: "evaluate at least once: every({steps})",
    why: "The best checkpoint is chosen by evaluation; without one there is nothing to choose.",
  },
  "plan/over-budget": {
    severity: "error",
    message: "this method trains {trained} parameters; the budget is {budget} ({deviation})",
    help: "{arithmetic}",
    why: "Methods are compared at equal budgets. A released checkpoint raised s from 256 to 348, left the rank at 30 and trained 79,560 parameters beside a baseline of 76,800.",
  },
  "plan/no-exact-solution": {
    severity: "error",
    message: "no whole {name} gives exactly {budget} parameters",
    help: "{nearest}",
    why: "Counts are whole numbers: not every budget can be met exactly. Accept a tolerance with `within`, or take one of the exact solutions.",
  },
  "plan/auto-without-budget": {
    severity: "error",
    message: "{name} = auto needs a budget to be solved from",
    help: "add a line: budget = parity(prompt_tuning(length = 100))",
    why: "auto is the value at which the method meets its budget.",
  },
  "plan/auto-twice": {
    severity: "error",
    message: "only one argument can be auto; {first} already is",
    why: "One budget determines one unknown.",
  },
  "plan/auto-not-counted": {
    severity: "error",
    message: "the number of trained parameters does not depend on {name}, so it cannot be solved",
    why: "auto solves for an argument that the parameter count depends on.",
  },
  "plan/nothing-trained": {
    severity: "error",
    message: "{method} trains no parameters",
    why: "A tune without a trained tensor has nothing to do.",
  },
} as const satisfies Record<string, Entry>;
