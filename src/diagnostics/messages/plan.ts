// What can be said about groups, budgets and rates.

import type { Entry } from "../entry.ts";

export const planMessages = {
  "plan/weights-not-open": {
    severity: "error",
    message: "{backbone} is a {architecture}, and its weights cannot be trained yet",
    help: "take a t5, or a method whose tensors are its own",
    why: "Full fine-tuning needs the gradient of every weight; only T5's backward pass gives them.",
  },
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
  "plan/weights-rate-range": {
    severity: "warning",
    message:
      "learning rate {rate} of group {group} is outside the range in which pretrained weights are usually trained (1e-5 to 1e-3); it trains {tensors}",
    why: "Weights are not a soft prompt: what pretraining left in them is lost at the rates that move a prompt, and at much lower ones nothing is learned in a run of usual length.",
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
  "plan/too-little-memory": {
    severity: "error",
    message: "{tune} needs about {needed}; {device} has {available}",
    help: "take a smaller batch, shorter inputs or a smaller backbone",
    why: "A run that outgrows its device stops in the middle, after the download. The estimate is by kind; dept plan --device prints it.",
    policy: true,
    asks: "device",
  },
  "plan/no-gradient": {
    severity: "error",
    message: "{operation} has {lack} on {backend}",
    help: "name a backend on which it is right: {others}",
    why: "Backends of TensorFlow.js lack gradients, or compute wrong ones without a word. A trial of each holds the table that this follows.",
    asks: "device",
  },
  "plan/untrained-rows": {
    severity: "warning",
    message: "rows {from} to {to} of {tensor} are never trained by this data, yet they move longer inputs",
    help: "train on longer inputs, or cut at fewer max_tokens where no input to come is longer than {longest} tokens",
    why: "Rows of a positional tensor that no training input reaches stay as they began, but what they are multiplied by is trained: in a released adapter the rows from 49 on add nothing but noise to longer inputs.",
    asks: "rows",
  },
  "plan/unequal-texts": {
    severity: "warning",
    message:
      "the classes' texts have {fewest} to {most} tokens and are scored by the sum of their log-likelihoods, which each further token lowers",
    help: "score = mean in the target divides by the tokens; or take texts of one length",
    why: 'To T5 "0" is two tokens and "1" is one: a sum of log-likelihoods prefers the shorter text before it has read the input.',
    asks: "rows",
  },
  "plan/shared-rows": {
    severity: "warning",
    message: "{rows} of {of} stand in {from}, too{labels}",
    help: "take them out of one of the two splits",
    why: "A row that was trained on, or chosen by, says nothing about rows that were not.",
    asks: "rows",
  },
  "plan/empty-inputs": {
    severity: "warning",
    message: "{rows} of {split} without a word beside the template",
    help: "look at the fields that the template names in those rows",
    why: "An input of which only the template is left has an answer that cannot be learned.",
    asks: "rows",
  },
  "plan/class-without-rows": {
    severity: "warning",
    message: "{split} has no row of {classes}",
    help: "add rows of it, or take it out of the target",
    why: "A class without training rows is never answered, and one without test rows is never scored.",
    asks: "rows",
  },
} as const satisfies Record<string, Entry>;
