// argv to a command, its exit code to the shell.

import { nearestWord } from "../diagnostics/nearest-word.ts";
import { type Command, exit, type ExitCode, FileError, type Terminal, UsageError } from "./command.ts";
import { packageVersion } from "./package-version.ts";

/** Each is loaded when it is called: most of a short command's time is the loading of code. */
const commands: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
> = {
  check: {
    summary: "prove shapes, groups and budgets; print every mistake at its place",
    load: async () => (await import("./commands/check.ts")).checkCommand,
  },
  plan: {
    summary: "print the bill: what is trained, stored and added, against the budget",
    load: async () => (await import("./commands/plan.ts")).planCommand,
  },
  data: {
    summary: "look at a task's rows: labels, lengths, cuts, leaks between the splits",
    load: async () => (await import("./commands/data.ts")).dataCommand,
  },
  compile: {
    summary: "write the training script: short, readable, ready to run",
    load: async () => (await import("./commands/compile.ts")).compileCommand,
  },
  run: {
    summary: "check, compile and train, in one go",
    load: async () => (await import("./commands/run.ts")).runCommand,
  },
  runs: {
    summary: "list the runs in a folder, with their results; --plot draws their curves",
    load: async () => (await import("./commands/runs.ts")).runsCommand,
  },
  eval: {
    summary: "measure a trained adapter on one of its task's splits",
    load: async () => (await import("./commands/eval.ts")).evalCommand,
  },
  predict: {
    summary: "read rows as JSON lines, write what a trained adapter says of each",
    load: async () => (await import("./commands/predict.ts")).predictCommand,
  },
  solve: {
    summary: "list every whole-number way to meet a budget, with work and memory",
    load: async () => (await import("./commands/solve.ts")).solveCommand,
  },
  fmt: {
    summary: "format files in the language's one style",
    load: async () => (await import("./commands/format.ts")).formatCommand,
  },
  explain: {
    summary: "what a diagnostic's code means, and why the rule exists",
    load: async () => (await import("./commands/explain.ts")).explainCommand,
  },
  verify: {
    summary: "say whether an adapter's file holds what its configuration trained",
    load: async () => (await import("./commands/verify.ts")).verifyCommand,
  },
  import: {
    summary: "turn an adapter of peft or of DePT's authors into a program and an adapter",
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  export: {
    summary: "write an adapter for peft, or as the two tensors of an inference server",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  doctor: {
    summary: "say which backends work on this machine, and how to mend the others",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
};

const help = `dept: declare a prompt-tuning graph, prove its budget, get its training script.

Usage: dept COMMAND …

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join("\n")}

  dept COMMAND --help   how a command is used
  dept --version        the version

A first program, tune.dept:

  import { wordnet_t5 }          from "std/backbones"
  import { gloss_supersense }    from "std/tasks/wordnet"
  import { dept, prompt_tuning } from "std/methods"

  tune first {
    backbone = wordnet_t5
    task     = gloss_supersense
    method   = dept(length = 10, rank = auto)
    budget   = parity(prompt_tuning(length = 21))
    group prompt { lr = 3e-1 }
    group pair   { lr = 5e-3 }
    train { steps = 600  batch = 16 }
  }

Then: dept plan tune.dept, and dept run tune.dept
`;

/** Runs one command line. Never throws for what a user did; a bug still throws. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") {
    terminal.out(`${packageVersion()}\n`);
    return exit.done;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.out(help);
    return name === undefined ? exit.usage : exit.done;
  }
  if (!Object.hasOwn(commands, name)) {
    const nearest = nearestWord(name, Object.keys(commands));
    terminal.err(`dept: no command ${name}${nearest ? `; did you mean ${nearest}?` : ""}. See dept --help\n`);
    return exit.usage;
  }
  const command = await commands[name]?.load();
  if (!command) throw new Error(`no command ${name}`);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.out(`${command.help}\n`);
    return exit.done;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (error instanceof FileError) {
      terminal.err(`error: ${error.message}\n`);
      return exit.failed;
    }
    if (!(error instanceof UsageError)) throw error;
    terminal.err(`dept ${name}: ${error.message}\nSee dept ${name} --help\n`);
    return exit.usage;
  }
}
