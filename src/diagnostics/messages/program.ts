// What can be said about names, settings and values.

import type { Entry } from "../entry.ts";

export const programMessages = {
  "program/no-file": {
    severity: "error",
    message: "there is no file {path}",
    help: "imports are relative to the importing file, or begin with std/ for the standard library",
    why: "An import names a file that cannot be read.",
  },
  "program/import-cycle": {
    severity: "error",
    message: "these files import each other: {cycle}",
    help: "move what both need into a third file",
    why: "Files that import each other have no order in which they can be understood.",
  },
  "program/not-exported": {
    severity: "error",
    message: "{path} declares no {name}{suggestion}",
    why: "An imported name must be declared in the file it is imported from.",
  },
  "program/duplicate-name": {
    severity: "error",
    message: "{name} is declared twice",
    help: "rename one of them, or import it under another name with `as`",
    why: "A name means one thing in a file.",
  },
  "program/unknown-name": {
    severity: "error",
    message: "nothing is called {name} here{suggestion}",
    help: 'declare it, or import it from another file: import … from "std/…"',
    why: "Every name must be declared in the file or imported into it.",
  },
  "program/wrong-kind": {
    severity: "error",
    message: "{name} is a {found}, but {setting} takes a {expected}",
    why: "A setting takes one kind of thing: a backbone, a task or a method.",
  },
  "program/unknown-setting": {
    severity: "error",
    message: "unknown setting {name}{suggestion}",
    help: "{owner} takes: {known}",
    why: "A misspelt setting that is silently ignored costs hours of training on a default.",
  },
  "program/foreign-setting": {
    severity: "error",
    message: "{architecture} has no {name}: it is a setting of {others}",
    help: "a {architecture} backbone takes: {known}",
    why: "Each architecture has its own dimensions; one that it does not have would be counted nowhere.",
  },
  "program/duplicate-setting": {
    severity: "error",
    message: "{name} is set twice",
    help: "keep one of them",
    why: "Of two settings with one name, one would be silently ignored.",
  },
  "program/missing-setting": {
    severity: "error",
    message: "{owner} has no {names}",
    help: "add: {examples}",
    why: "A setting that decides the result and has no sensible default must be given.",
  },
  "program/wrong-value": {
    severity: "error",
    message: "{name} takes {expected}, found {found}",
    why: "Every setting has a type and a range, checked before anything runs.",
  },
  "program/unknown-argument": {
    severity: "error",
    message: "{callee} has no argument {name}{suggestion}",
    help: "its arguments are: {known}",
    why: "A misspelt argument would otherwise leave the real one at its default.",
  },
  "program/missing-argument": {
    severity: "error",
    message: "{callee} needs a value for {name}",
    help: "write {callee}({name} = …)",
    why: "Arguments without a default must be given.",
  },
  "program/auto-not-here": {
    severity: "error",
    message: "auto stands for one integer argument of the tuned method; {name} cannot be auto",
    why: "auto is solved from the budget, so it must be one whole number of the method that the budget counts.",
  },
  "program/template-no-field": {
    severity: "error",
    message: "the template names no field, so every input would be the same text",
    help: "name a field of the data in braces, like {example}",
    why: "A template without a field gives the backbone no data.",
  },
  "program/template-repeats": {
    severity: "warning",
    message: "the template uses the field {field} {times} times",
    help: "check that another field was not meant",
    why: "A benchmark task used {option1} twice and {option2} never, and was at chance level for years.",
  },
  "program/template-brace": {
    severity: "warning",
    message: "the template has a {brace} that belongs to no field, so every input shows it",
    help: "a field is a name in one pair of braces, like {example}",
    why: "Template languages that write {{field}} leave a pair of braces around every value here.",
  },
  "program/label-in-input": {
    severity: "error",
    policy: true,
    message: "the template shows the field {field}, which holds the label",
    help: "take {field} out of the template",
    why: "An input that shows its own label is copied, not understood; the score says nothing about the task.",
  },
  "program/metric-needs": {
    severity: "error",
    message: "{metric} needs {needs}",
    help: "take {metric} out of metrics, or change the target",
    why: "A score is only comparable with a published one when it is computed of the same kind of answers.",
  },
  "program/unsupported-task": {
    severity: "error",
    message: "{task} cannot be run: {reason}",
    help: "take another task",
    why: "Papers report on tasks that dept has no backbone for. They are named, so that nobody looks for them in vain.",
  },
  "program/validation-from-train": {
    severity: "warning",
    message: "validation is drawn from the rows of train, but test is not",
    help: "compare methods by their test scores; or take validation and test from one source",
    why: "A released question-answering run scored 92.0 on a slice of the training rows that it chose by, and 76.8 on the test rows: what chooses the tensors is then no estimate of what is published.",
  },
  "program/evaluates-training-data": {
    severity: "error",
    policy: true,
    message: "{setting} reads the same rows as train",
    help: "hold rows back that are never trained on",
    why: "Rows that were trained on measure memory: the adapter that is kept, or the score that is published, would be chosen by them.",
  },
  "program/test-is-validation": {
    severity: "warning",
    message: "test reads the same rows as validation, by which the adapter is chosen",
    help: "split them in two where there is no other test set, and say so",
    why: "The best of many validations is too good on those rows. Benchmarks whose test labels are hidden are often scored this way, unmarked.",
  },
  "program/one-leg": {
    severity: "error",
    message: "{name} compares fewer than two methods",
    help: "add a leg, or make it a tune",
    why: "A comparison holds several methods to one budget.",
  },
  "program/no-such-tune": {
    severity: "error",
    message: "this file declares no tune {name}{suggestion}",
    help: "a sweep varies a tune of the same file",
    why: "The values of a sweep replace values of the tune it names; both stand in one file, so that a reader sees what varies.",
  },
  "program/sweep-path": {
    severity: "error",
    message: "{path} names nothing of {tune} that can vary",
    help: "paths: method.ARGUMENT, group.NAME.lr, train.SETTING, task.SETTING, backbone.SETTING, budget, method",
    why: "An axis of a sweep replaces one value that the tune declares.",
  },
  "program/too-many-points": {
    severity: "error",
    message: "{name} has more than {most} points",
    help: "take values away, or split it",
    why: "A cross product grows fast; nobody means to train this often.",
  },
} as const satisfies Record<string, Entry>;
