// Everything a reader may ever see. Written to the ledger and, with --json, to stdout: the shapes are the wire format,
// versioned by `v`, keys in snake_case. Additive changes only.
import type { Category } from "./failure.ts";
import type { PassResult } from "./pass.ts";
import type { Counts, PassStats } from "./tally.ts";

export const EVENT_VERSION = 1;

/** `cause_id`: the group of failures it belongs to; late reports and events of old ledgers have none. */
export type FailureView = { category: Category; cause: string; rule: string; message: string; cause_id?: string };

/** A group of failures as readers see it. */
export type CauseSummary = {
  cause_id: string;
  category: Category;
  cause: string;
  title: string;
  state: "new" | "known" | "regressed" | "resolved";
  jobs: number;
  unconfirmed: number;
  accounts: number;
  failures_in_run: number;
  failures: number;
  only_device: string | null;
};

export type PassRecord = PassStats & {
  pass_number: number;
  total_jobs: number;
  result: PassResult;
  started_at: string;
  ended_at: string;
  duration_ms: number;
};

export type RunFinished = Counts & {
  type: "run.finished";
  campaign: string;
  final_result: PassResult;
  exit_code: number;
  pass_count: number;
  attempts: number;
  pass_history: PassRecord[];
  /** What its jobs failed of, most first, at most ten; events of old ledgers do not tell. */
  causes?: CauseSummary[];
};

type OfJob = { job: string; account: string | null };
type OfAttempt = OfJob & { attempt: string; pass: number; worker: number; device: string | null };

/** `job`: the one that met it. */
type OfCause = OfJob & { cause_id: string; category: Category; cause: string; title: string };

export type RunEvent =
  | { type: "run.started"; campaign: string; pid: number; workers: number; total: number; simulated: boolean }
  | {
      type: "run.resumed";
      campaign: string;
      pid: number;
      workers: number;
      total: number;
      pass: number;
      simulated: boolean;
    }
  | RunFinished
  | { type: "pass.started"; pass: number; max_passes: number; total_jobs: number }
  | ({ type: "pass.summary"; pass: number; result: PassResult; duration_ms: number } & PassStats)
  | { type: "pass.waiting"; pass: number; reason: "delay" | "settling" | "until"; delay_ms: number; until: string }
  | ({ type: "attempt.started" } & OfAttempt)
  | ({ type: "attempt.step"; step: string } & OfAttempt)
  | ({ type: "attempt.publishing" } & OfAttempt)
  | ({
      type: "attempt.finished";
      outcome: "posted" | "failed" | "unconfirmed" | "cancelled" | "late";
      failure: FailureView | null;
      url: string | null;
      reason: string | null;
      duration_ms: number;
    } & OfAttempt)
  | ({ type: "job.skipped"; reason: string } & OfJob)
  | ({ type: "job.held"; by: string; reason: string } & OfJob)
  | ({ type: "job.deferred"; until: string; reason: string } & OfJob)
  | ({ type: "job.unconfirmed"; failure: FailureView | null } & OfJob)
  | ({
      type: "job.verified";
      result: "posted" | "not_posted" | "settling" | "cannot_tell";
      by: "verify" | "person";
      look_again_at: string | null;
    } & OfJob)
  | {
      type: "account.held";
      account: string;
      platform: string;
      cause: string;
      reason: string;
      cooldown_until: string | null;
      jobs_held: number;
    }
  | { type: "account.released"; account: string; platform: string; jobs_released: number }
  | ({ type: "cause.new" } & OfCause)
  | ({ type: "cause.regressed" } & OfCause)
  /** `provider`: it gives no phones, for the reason in `message`; no attempt failed of that. */
  | {
      type: "outage.opened";
      cause: string;
      devices: number;
      attempts: number;
      probe_at: string;
      provider?: string;
      message?: string;
    }
  | { type: "outage.closed"; cause: string; probes: number; duration_ms: number; provider?: string }
  | { type: "device.started"; device: string; provider: string }
  | { type: "device.ready"; device: string; duration_ms: number }
  /** It is off, as its provider says; it cost so long. */
  | { type: "device.off"; device: string; on_ms: number }
  | {
      type: "device.minutes";
      /** Of the whole run so far. `per_post`: `null` = nothing was posted. */
      minutes: number;
      per_post: number | null;
      phones: { device: string; minutes: number; starts: number; is_on: boolean }[];
    }
  | { type: "device.stopped"; device: string; fault: { cause: string; message: string } | null }
  | {
      type: "device.quarantined";
      device: string;
      by: "person" | "run";
      cause: string;
      reason: string;
      until: string | null;
    }
  | { type: "device.returned"; device: string; by: "person" | "run" }
  | { type: "worker.started"; worker: number; pid: number }
  | {
      type: "worker.exited";
      worker: number;
      pid: number;
      code: number | null;
      signal: string | null;
      expected: boolean;
    }
  | {
      type: "sweep.done";
      when: "start" | "between" | "end" | "command";
      processes: number;
      /** Phones that an earlier start had left on. */
      devices?: string[];
      details: string[];
    }
  | { type: "stop.requested"; by: string; stage: 1 | 2; in_flight: number; past_intent: number }
  | { type: "warning"; code: string; message: string }
  | { type: "error"; error: string; message: string; conflicts?: unknown[] };

export type EventType = RunEvent["type"];

/** An event as it leaves the program. `run` is `-` outside a run. */
export type EventLine = { v: typeof EVENT_VERSION; ts: string; run: string } & RunEvent;
