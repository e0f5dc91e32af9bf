// One run as it is reported afterwards: its events, folded once for all files. Pure.
import type { EventLine, FailureView, PassRecord } from "../../core/events.ts";
import type { Category } from "../../core/failure.ts";
import type { PassResult } from "../../core/pass.ts";
import type { Counts } from "../../core/tally.ts";

/** How an attempt ended, as charts show it. */
export type Ended = "posted" | "unconfirmed" | Category;

/** What the run did with one job. */
type Tried = {
  attempts: number;
  /** Of all its attempts, ms. */
  durationMs: number;
  /** End of its last attempt, or of the look that settled it; ISO. */
  endedAt: string | null;
  outcome: "posted" | "failed" | "unconfirmed" | "open";
  failure: FailureView | null;
  url: string | null;
};

export type RunReport = {
  run: string;
  campaign: string;
  simulated: boolean;
  workers: number;
  startedAt: string;
  /** `null`: it has no result yet. */
  end: { at: string; result: PassResult; exitCode: number; counts: Counts } | null;
  passes: PassRecord[];
  /** By job id. */
  jobs: Map<string, Tried>;
  /** Ends of attempts in the order of time: ms since the epoch, how, how long they took in ms, and why they failed. */
  ends: { at: number; how: Ended; durationMs: number; failure: FailureView | null }[];
  warnings: string[];
};

const MOST_WARNINGS = 50;

export const newReport = (run: string): RunReport => ({
  run,
  campaign: "",
  simulated: false,
  workers: 0,
  startedAt: "",
  end: null,
  passes: [],
  jobs: new Map(),
  ends: [],
  warnings: [],
});

/** Takes one more event in; those of other runs change nothing. */
export function addTo(report: RunReport, line: EventLine): void {
  if (line.run !== report.run) return;
  switch (line.type) {
    case "run.started":
    case "run.resumed": {
      const { campaign, simulated, workers } = line;
      Object.assign(report, { campaign, simulated, workers, startedAt: report.startedAt || line.ts });
      report.end = null; // of an earlier start of this run
      return;
    }
    case "attempt.finished":
      addAttempt(report, line);
      return;
    case "job.verified":
      addLook(report, line);
      return;
    case "warning":
      if (report.warnings.length < MOST_WARNINGS) report.warnings.push(line.message);
      return;
    case "run.finished":
      report.passes = line.pass_history;
      report.end = { at: line.ts, result: line.final_result, exitCode: line.exit_code, counts: line };
  }
}

type Of<T extends EventLine["type"]> = Extract<EventLine, { type: T }>;

function addAttempt({ jobs, ends }: RunReport, line: Of<"attempt.finished">): void {
  if (line.outcome === "late") return; // a newer attempt has the say
  const before = jobs.get(line.job) ?? UNTRIED;
  const isDone = line.outcome !== "cancelled";
  jobs.set(line.job, {
    attempts: before.attempts + 1,
    durationMs: before.durationMs + line.duration_ms,
    endedAt: line.ts,
    outcome: line.outcome === "cancelled" ? before.outcome : line.outcome,
    failure: isDone ? line.failure : before.failure,
    url: line.url ?? before.url,
  });
  const how = line.outcome === "failed" ? (line.failure?.category ?? "unknown") : line.outcome;
  if (how !== "cancelled")
    ends.push({ at: Date.parse(line.ts), how, durationMs: line.duration_ms, failure: line.failure });
}

function addLook({ jobs }: RunReport, { job, result, ts }: Of<"job.verified">): void {
  if (result !== "posted" && result !== "not_posted") return;
  const before = jobs.get(job) ?? UNTRIED;
  const outcome = result === "posted" ? "posted" : "failed";
  jobs.set(job, { ...before, endedAt: ts, outcome, failure: result === "posted" ? null : before.failure });
}

const UNTRIED: Tried = { attempts: 0, durationMs: 0, endedAt: null, outcome: "open", failure: null, url: null };
