// Puts a run's files into its folder.

import { saveAdapter, saveFolded, saveManifest } from "../adapters/save-adapter.ts";
import { saveModel } from "../adapters/save-model.ts";
import { fold, type Folded } from "../adapters/fold.ts";
import { writeWholeFile } from "../adapters/whole-file.ts";
import { renderReport } from "../report/report.ts";
import type { TensorValues } from "../weights/safetensors.ts";
import type { Run } from "./run.ts";
import { keptSnapshot, recordRun } from "./record-run.ts";
import { saveCheckpoint } from "./resume.ts";
import { removeCheckpoints } from "./run-checkpoint.ts";
import type { Ending, RunRecord } from "./run-record.ts";

/** The adapter and its manifest in the midst of a run, so that even a process that is killed leaves its best values. */
export function saveSoFar(run: Run): void {
  saveValues(run, { kind: "running" });
}

/** Everything, at the end; a run that was interrupted also leaves a checkpoint to go on from. */
export async function saveRun(run: Run, ending: Ending): Promise<RunRecord> {
  if (ending.kind === "interrupted") saveCheckpoint(run);
  const record = saveValues(run, ending);
  const folded = await foldRun(run, ending);
  if (folded) saveFolded(run.folder, record, folded);
  await saveWeights(run, ending);
  writeWholeFile(run.folder.report, renderReport(record));
  // Last of all: until here a kill leaves a run that can be gone on with.
  if (ending.kind === "finished") removeCheckpoints(run.folder);
  return record;
}

function saveValues(run: Run, ending: Ending): RunRecord {
  const record = recordRun(run, ending);
  const constants = run.constants.map(({ name, values }): [string, Float32Array] => [name, values]);
  saveAdapter(run.folder, record, new Map([...keptSnapshot(run, ending).values, ...constants]));
  saveManifest(run.folder, record);
  return record;
}

/** The backbone with the weights that were trained, where some were. */
async function saveWeights(run: Run, ending: Ending): Promise<void> {
  const isTrained = run.parameters.some(({ tensor }) => tensor !== undefined);
  // What a device that gave up would be asked for, it cannot answer.
  if (!isTrained || ending.kind === "failed") return;
  await saveModel(run.folder.model, run.settings.backbone, keptSnapshot(run, ending).values);
}

/** The adapter's values as two constants, where the method is no more than that. */
async function foldRun(run: Run, ending: Ending): Promise<Folded | undefined> {
  // What a device that gave up would be asked for, it cannot answer.
  if (run.method.inside || ending.kind === "failed") return undefined;
  const { backbone, task } = run.settings;
  const kept = keptSnapshot(run, ending).values;
  const values = run.parameters.map(({ name, shape }): [string, TensorValues] => {
    return [name, { shape, data: kept.get(name) ?? new Float32Array() }];
  });
  return fold(run.method, new Map(values), task.maxTokens, backbone.width);
}
