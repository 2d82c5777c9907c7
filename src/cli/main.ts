// argv to a command, its exit code to the shell.

import { nearestWord } from "../diagnostics/nearest-word.ts";
import { type Command, exit, type ExitCode, FileError, type Terminal, UsageError } from "./command.ts";
import { checkCommand } from "./commands/check.ts";
import { compileCommand } from "./commands/compile.ts";
import { dataCommand } from "./commands/data.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evalCommand } from "./commands/eval.ts";
import { exportCommand } from "./commands/export.ts";
import { explainCommand } from "./commands/explain.ts";
import { formatCommand } from "./commands/format.ts";
import { importCommand } from "./commands/import.ts";
import { planCommand } from "./commands/plan.ts";
import { predictCommand } from "./commands/predict.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { solveCommand } from "./commands/solve.ts";
import { verifyCommand } from "./commands/verify.ts";
import { packageVersion } from "./package-version.ts";

const commands: readonly Command[] = [
  checkCommand,
  planCommand,
  dataCommand,
  compileCommand,
  runCommand,
  runsCommand,
  evalCommand,
  predictCommand,
  solveCommand,
  formatCommand,
  explainCommand,
  verifyCommand,
  importCommand,
  exportCommand,
  doctorCommand,
];

const help = `dept: declare a prompt-tuning graph, prove its budget, get its training script.

Usage: dept COMMAND …

${commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}

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
  const command = commands.find((each) => each.name === name);
  if (!command) {
    const nearest = nearestWord(
      name,
      commands.map((each) => each.name),
    );
    terminal.err(`dept: no command ${name}${nearest ? `; did you mean ${nearest}?` : ""}. See dept --help\n`);
    return exit.usage;
  }
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
