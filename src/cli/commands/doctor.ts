// `dept doctor`: what this machine can train on.

import { type Command, exit, UsageError } from "../command.ts";
import { type Facts, gatherFacts } from "../doctor/facts.ts";
import { automaticChoice, type Finding, findingsOf } from "../doctor/findings.ts";
import { readArguments } from "../read-arguments.ts";

export const doctorCommand: Command = {
  help: `Usage: dept doctor [--json]

Looks at Node, memory, the NVIDIA driver, the CUDA and cuDNN libraries, Vulkan and the WebGPU adapter, starts every
backend in a process of its own, and prints what works, what does not, and the command that mends it. Fails only where
no backend starts.

  --json   everything that was found, for a bug report

Example: dept doctor --json > doctor.json`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, { json: { type: "boolean" } });
    if (positionals.length > 0) throw new UsageError(`doctor takes no files: ${positionals.join(" ")}`);
    const facts = await gatherFacts();
    const choice = automaticChoice(facts);
    const findings = findingsOf(facts);
    if (values.json)
      terminal.out(`${JSON.stringify({ choice: choice ?? null, facts, findings }, null, 2)}\n`);
    else terminal.out(renderFindings(facts, findings, choice));
    return choice === undefined ? exit.failed : exit.done;
  },
};

const marks = { works: "yes ", slow: "slow", lacks: "no  " } as const;

export function renderFindings(
  facts: Facts,
  findings: readonly Finding[],
  choice: string | undefined,
): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap(({ subject, state, text, mend }) => [
    `  ${marks[state]}  ${subject.padEnd(width)}  ${text}`,
    ...(mend === undefined ? [] : [`  ${" ".repeat(width + 6)}  to mend it: ${mend}`]),
  ]);
  const end = choice === undefined ? "no backend starts here" : `a run without --backend takes ${choice}`;
  return [`dept ${facts.dept} on ${facts.platform}`, "", ...lines, "", end, ""].join("\n");
}
