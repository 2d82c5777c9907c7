// Optimizer and schedules as the script writes them down.

import type { Optimizer, Schedule } from "../program/program.ts";
import { call, type Code, type Entry, entry, number, object } from "./script.ts";

/** `adamW()`, `adafactor({ decayRate: -0.5 })`. */
export function optimizerCode({ kind, settings }: Optimizer): Code {
  const entries = Object.entries(settings).map(([setting, value]): Entry => {
    const key = setting.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return entry(key, typeof value === "boolean" ? { kind: "flag", value } : number(value));
  });
  const name = kind === "adamw" ? "adamW" : kind;
  return entries.length === 0 ? call(name) : call(name, object(...entries));
}

/** `linear({ warmup: 500 })`. */
export function scheduleCode(schedule: Schedule): Code {
  if (schedule.kind === "constant") return call("constant");
  if (schedule.kind === "warmup") return call("warmup", number(schedule.warmup));
  return call(schedule.kind, object(entry("warmup", number(schedule.warmup))));
}
