// Every code the compiler can report: how grave it is, what it says, what to do. The only place wording lives.

interface Entry {
  readonly severity: "error" | "warning";
  /** What is true, not what failed; `{name}` marks a parameter. */
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
  /** Why the rule exists, for `dept explain`. */
  readonly why: string;
  /** An error that a project may lower or silence, as it may every warning: a policy, on which nothing else is built. */
  readonly policy?: true;
}

export const catalog = {
  "syntax/unexpected": {
    severity: "error",
    message: "expected {expected}, found {found}",
    why: "The text does not fit the grammar at this place. The parser goes on behind it, so that one slip does not hide the next.",
  },
  "syntax/character": {
    severity: "error",
    message: "{character} means nothing here",
    help: "remove it, or put it inside a string",
    why: "No token of the language begins with this character.",
  },
  "syntax/string-open": {
    severity: "error",
    message: "this string is not closed",
    help: 'end it with a double quote on the same line: "…"',
    why: "Strings end on the line they begin on, so that a forgotten quote cannot swallow the rest of a file.",
  },
  "syntax/escape": {
    severity: "error",
    message: "a string knows no {escape}",
    help: 'what a string knows: \\" for a quote, \\\\ for a backslash, \\n for a line break, \\t for a tab',
    why: "A backslash that means nothing is more often a slip (a path, a formula) than a wish for the bare letter.",
  },
  "syntax/number": {
    severity: "error",
    message: "{text} is not a number",
    help: "numbers are written like 40, 30_000, 0.5 or 3e-1",
    why: "It begins with a digit but goes on with something a number cannot hold, or it is larger than any number.",
  },
  "syntax/misspelt": {
    severity: "error",
    message: "{found} is not a keyword; did you mean {keyword}?",
    why: "What follows fits the keyword and nothing else, so the parser went on as if it had been written.",
  },
  "syntax/reserved": {
    severity: "error",
    message: "{word} is a keyword and cannot be a name",
    help: "give it another name",
    why: "Keywords may name settings, where the grammar leaves no doubt, but not what a file declares.",
  },
  "syntax/late-import": {
    severity: "error",
    message: "imports stand before the first declaration",
    help: "move this import to the top of the file",
    why: "A reader finds everything a file takes from elsewhere in one place.",
  },
  "syntax/too-deep": {
    severity: "error",
    message: "this is nested more than {limit} deep, and the rest of the file was not read",
    help: "name the inner parts with let, or take brackets away",
    why: "No program needs it, and reading without a bound would let a broken file crash the compiler.",
  },
  "syntax/too-many": {
    severity: "error",
    message: "there is more wrong in this declaration than is listed",
    help: "mend what is listed first",
    why: "After some dozens of errors in one declaration the parser only guesses, so it stops and goes on with the next one.",
  },
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
  "plan/unused-group": {
    severity: "error",
    message: "group {group} holds no tensor: {method} has no such group{suggestion}",
    help: "its groups are: {known}",
    why: "A learning rate for a group that does not exist is set, logged and never applied.",
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
  "graph/duplicate-name": {
    severity: "error",
    message: "{name} already stands for {what}",
    help: "choose another name",
    why: "In a method a name means one thing: an axis, an argument, a parameter, the input or a let.",
  },
  "graph/input-shape": {
    severity: "error",
    message: "the input is [n, d], not {shape}",
    help: "write input {name}: [n, d]: n rows of this batch, d wide",
    why: "A method receives the words' embeddings: as many rows as the batch has, as wide as the backbone.",
  },
  "graph/unknown-tensor": {
    severity: "error",
    message: "no tensor, argument or axis is called {name} in {method}{suggestion}",
    help: "known here: {known}",
    why: "A method's expression can name its parameters, its input, earlier lets, its arguments and the axes d, s and n.",
  },
  "graph/unknown-function": {
    severity: "error",
    message: "there is no operation {name}{suggestion}",
    help: "operations: {known}",
    why: "Methods are built from a fixed set of operations, each with a gradient on every backend.",
  },
  "graph/unknown-initialiser": {
    severity: "error",
    message: "{found} is no way for a tensor to begin{suggestion}",
    help: "initialisers: {known}",
    why: "How a tensor begins decides how prompt tuning ends: it is declared, never implied.",
  },
  "graph/argument-count": {
    severity: "error",
    message: "{name} takes {expected}, found {found}",
    why: "Each operation takes a fixed number of operands.",
  },
  "graph/not-a-tensor": {
    severity: "error",
    message: "{found} cannot stand in a method's expression",
    help: "expressions are made of tensors, arguments, numbers and operations",
    why: "Texts, lists and settings have no value in a tensor computation.",
  },
  "graph/not-an-axis": {
    severity: "error",
    message: "{found} is no size of an axis",
    help: "a size is a whole number, an integer argument or an axis (d, s, n), or a sum or product of these",
    why: "Parameter counts are exact polynomials in the arguments and the named axes.",
  },
  "graph/positional": {
    severity: "error",
    message: "{positional} has a row for each of s positions, but {other} has the n rows of this batch",
    help: "take as many rows as the batch has: {fixed}",
    why: "A batch is padded to its own longest row, n ≤ s. A parameter that carries the axis s must be sliced to it.",
  },
  "graph/shape-mismatch": {
    severity: "error",
    message: "{left} is {leftShape}, {right} is {rightShape}: they cannot be {operation}",
    why: "Sizes of two operands must agree, axis by axis from the last; a size of 1 stretches.",
  },
  "graph/inner-mismatch": {
    severity: "error",
    message:
      "{left} is {leftShape}, {right} is {rightShape}: {leftInner} columns cannot meet {rightInner} rows",
    why: "A matrix product needs as many columns on the left as rows on the right.",
  },
  "graph/not-a-matrix": {
    severity: "error",
    message: "{name} is {shape}; {operation} needs rows and columns",
    why: "Matrix products, concatenation and row slices work on [rows, columns].",
  },
  "graph/no-input": {
    severity: "error",
    message: "{method} declares no input",
    help: "add a line: input x: [n, d]",
    why: "A method says how the words' embeddings reach the backbone; without an input they never do.",
  },
  "graph/no-output": {
    severity: "error",
    message: "{method} has no output",
    help: "add a line: output concat(P, x)",
    why: "The output is what the backbone reads.",
  },
  "graph/input-unused": {
    severity: "error",
    message: "the words never reach the output of {method}",
    help: "use {name} in the output, as in: output concat(P, {name})",
    why: "An output that does not depend on the input gives every example the same prediction.",
  },
  "graph/output-shape": {
    severity: "error",
    message: "the output of {method} is {shape}; the backbone reads rows that are {width} wide",
    why: "What a method hands over replaces the word embeddings, so it must be as wide as the backbone.",
  },
  "graph/unused-argument": {
    severity: "warning",
    message: "{method} never uses its argument {name}",
    help: "remove it, or use it",
    why: "An argument that nothing reads is a dead setting in every program that uses the method.",
  },
  "graph/unused-let": {
    severity: "warning",
    message: "{name} is computed but never reaches the output",
    help: "use it in the output, or remove it",
    why: "A step of the method that is written down and left out of the result is the method without that step.",
  },
  "graph/slice-range": {
    severity: "error",
    message: "rows {from} to {to} of {name}: it has {rows} rows",
    why: "A slice must lie inside the rows that are there.",
  },
  "graph/padded-rows": {
    severity: "error",
    message: "{operation} over the rows of {name}, {shape}: padding among them could not be told from words",
    help: "take the {operation} of the words themselves, or of a tensor with rows of its own",
    why: "A batch is padded to its longest row. Only for the n rows of the words is it known which are padding; a mean over the others would depend on the neighbours in the batch.",
  },
  "graph/reshape-count": {
    severity: "error",
    message: "{name} is {shape}, {count} numbers; {target} holds {targetCount}",
    help: "the sizes of both shapes must have the same product",
    why: "Reshaping only regroups numbers; it can neither make nor drop any.",
  },
  "graph/initial-shape": {
    severity: "error",
    message: "{initialiser} makes {makes}, but {tensor} is {shape}",
    help: "give {tensor} such a shape, or let it begin another way",
    why: "Rows of the embedding table are as wide as the backbone, and a fan or an orthogonal basis needs rows and columns.",
  },
  "graph/unknown-projection": {
    severity: "error",
    message: "{found} is nothing that can be done to a tensor after a step{suggestion}",
    help: "projections: {known}",
    why: "A constraint that is written and never applied would change what the method is.",
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

export type Code = keyof typeof catalog;

/** The catalogue's entry of a code, with what it may leave out. */
export function entryOf(code: Code): Entry {
  return catalog[code];
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(catalog, text);
}

/** Whether a project may set its severity, or a comment silence it. */
export function isConfigurable(code: Code): boolean {
  const { severity, policy } = entryOf(code);
  return severity === "warning" || policy === true;
}

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

type HelpOf<C extends Code> = (typeof catalog)[C] extends { readonly help: infer Help extends string }
  ? Help
  : "";

/** The parameters a code's message and help name: a missing or an extra one does not compile. */
export type ParametersOf<C extends Code> = Readonly<
  Record<NamesIn<(typeof catalog)[C]["message"]> | NamesIn<HelpOf<C>>, string | number>
>;
