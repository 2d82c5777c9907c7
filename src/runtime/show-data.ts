// What `dept data` shows: a survey of the task's rows, and the page that tells it.

import type { TaskOptions } from "./data/load-task.ts";
import { surveyTask } from "./data/survey.ts";
import { type Architecture, loadReader } from "./models/text-reader.ts";
import { reportOperationalErrors } from "./operational-error.ts";
import { surveyPage } from "./report/survey-page.ts";

export interface DataSettings {
  readonly architecture: Architecture;
  /** Holds the tokenizer and config.json; the weights are not read. */
  readonly folder: URL | string;
  readonly task: TaskOptions;
  /** Names of the tensors with a row for each position. */
  readonly positional: readonly string[];
}

/** Reads the task's rows and writes what they are like to stdout, one object of JSON with `survey` and `page`. Throws an OperationalError for rows that cannot be used. */
export async function showData(settings: DataSettings): Promise<void> {
  reportOperationalErrors();
  const { architecture, folder, task, positional } = settings;
  const survey = await surveyTask(loadReader(architecture, folder), task, positional);
  process.stdout.write(JSON.stringify({ survey, page: surveyPage(survey) }));
}
