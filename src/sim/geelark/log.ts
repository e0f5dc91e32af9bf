// The stand-in's own log: what tests believe of requests, starts and minutes, never the ledger. One JSON line each, appended.
import { appendFileSync } from "node:fs";
import type { PowerEntry } from "./phones.ts";

/** `t`: the stand-in's time, ms. `code`: as answered; `http` where the reply was no answer of the API. */
export type LogEntry = { t: number } & (
  | { at: "request"; path: string; phones: number; code: number | string }
  | PowerEntry
);

export function appendEntry(file: string | null, entry: LogEntry): void {
  if (file !== null) appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

type LogSummary = {
  requests: number;
  /** Most requests to one call of the API in one minute of the stand-in's. */
  busiestMinute: number;
  starts: number;
  /** Ids of phones that were switched on over the API and not off since. */
  stillOn: string[];
  minutes: Record<string, number>;
  totalMinutes: number;
};

/** Folds the log. A phone that is still on counts until `now`. */
export function summarise(log: readonly LogEntry[], now: number): LogSummary {
  const perMinute = new Map<string, number>();
  const on = new Map<string, number>();
  const ms = new Map<string, number>();
  let starts = 0;
  for (const entry of log) {
    if (entry.at === "request") {
      const minute = `${entry.path} ${Math.floor(entry.t / 60_000)}`;
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    } else if (entry.at === "on" && entry.by === "api") {
      starts++;
      on.set(entry.phone, entry.t);
    } else if (entry.at === "off") {
      on.delete(entry.phone);
      ms.set(entry.phone, (ms.get(entry.phone) ?? 0) + entry.ms);
    }
  }
  for (const [phone, since] of on) ms.set(phone, (ms.get(phone) ?? 0) + now - since);
  const minutes = Object.fromEntries([...ms].map(([phone, spent]) => [phone, spent / 60_000]));
  return {
    requests: log.filter(({ at }) => at === "request").length,
    busiestMinute: Math.max(0, ...perMinute.values()),
    starts,
    stillOn: [...on.keys()],
    minutes,
    totalMinutes: Object.values(minutes).reduce((sum, each) => sum + each, 0),
  };
}
