// `dept data FILE`: what a task's rows are like, before anything is trained on them.

import { emitData } from "../../compile.ts";
import { checkRows, type RowFacts } from "../../plan/check-rows.ts";
import { checkFile, chosenPlans, printLater } from "../checked-file.ts";
import { type Command, exit } from "../command.ts";
import { packageVersion } from "../package-version.ts";
import { readArguments, soleFile } from "../read-arguments.ts";
import { runScriptText } from "../run-script.ts";

export const dataCommand: Command = {
  help: `Usage: dept data FILE [--tune NAME] [--json]

Reads the rows of FILE's task with the backbone's tokenizer and prints, for each split, its rows, its labels, the lengths
of its inputs in tokens, and how many of them max_tokens cuts; then the tokens of each class's text, and which rows of a
positional tensor meet no training input. Warns of those, of rows that stand in two splits, empty inputs, classes without a
row and classes' texts of different lengths, at the line of FILE that each is about. The weights are not needed: of a model
on the Hub only the tokenizer is fetched.

  --tune NAME   which tune, comparison or sweep, where FILE declares several; of a family its first member
  --json        what the rows are like as JSON, for programs; warnings go to stderr

Example: dept data examples/quickstart.dept`,
  async run(args, terminal) {
    const options = { tune: { type: "string" }, json: { type: "boolean" } } as const;
    const { values, positionals } = readArguments(args, options);
    const file = soleFile(positionals);
    const checked = await checkFile(file, terminal);
    if (checked.hasErrors) return exit.failed;
    const [plan] = chosenPlans(file, checked, values.tune).members;
    if (!plan) throw new Error(`${file} passed every check without a plan`);
    const place = { folder: ".", version: packageVersion() };
    const { javascript } = await emitData(plan, place);
    const { code, output } = await runScriptText(javascript);
    if (code !== exit.done) return code;
    const { survey, page }: { survey: RowFacts; page: string } = JSON.parse(output);
    terminal.out(values.json ? `${JSON.stringify(survey, undefined, 2)}\n` : page);
    checkRows(plan, survey, checked.found);
    return printLater(file, checked, terminal) ? exit.failed : exit.done;
  },
};
