// Events that go with a change of standing. Pure: every adapter builds them here, so that all ledgers speak alike.
import type { Claim } from "../core/claim.ts";
import {
  type CauseSummary,
  EVENT_VERSION,
  type EventLine,
  type FailureView,
  type PassRecord,
  type RunEvent,
} from "../core/events.ts";
import type { Category, Failure } from "../core/failure.ts";
import type { AttemptId, CauseId, Instant, JobId, RunId } from "../core/ids.ts";
import type { HeldBy } from "../core/job.ts";
import type { JobNext, Settlement } from "../core/retry.ts";
import type { LookDecision } from "../core/verify.ts";
import type { CauseView, DeviceOut } from "./ledger.ts";

/** A job as events name it. */
export type JobRef = { job: JobId; account: string | null };
/** An attempt as events name it; `account` is known. */
export type AttemptRef = {
  job: JobId;
  account: string;
  attempt: AttemptId;
  pass: number;
  worker: number;
  device: string | null;
};
/** An account as events name it. */
export type AccountRef = { name: string; platform: string };

/** A cause as one more failure of it leaves it. */
export type SeenCause = {
  id: CauseId;
  category: Category;
  word: string;
  title: string;
  seen: "new" | "again" | "regressed";
};

type Ended = Settlement["attempt"];

/** Dates an event. `run`: the open run of the campaign, `null` outside one. */
export function eventLine(event: RunEvent, run: RunId | null, at: Instant): EventLine {
  return { v: EVENT_VERSION, ts: iso(at), run: run ?? "-", ...event };
}

/** What readers see of a failure. */
function failureView(failure: Failure, causeId: CauseId | null): FailureView {
  const { category, cause, rule, evidence } = failure;
  const named = causeId === null ? {} : { cause_id: causeId };
  return { category, cause, rule, message: evidence.message, ...named };
}

export function attemptStarted(claim: Claim): RunEvent {
  return { type: "attempt.started", ...attemptRefOf(claim) };
}

/** The attempt that a claim began, as its later events name it. */
function attemptRefOf(claim: Claim): AttemptRef {
  const { job, attempt, pass, worker, device } = claim;
  return { job: job.id, account: job.account, attempt, pass, worker, device };
}

export function attemptStep(ref: AttemptRef, step: string): RunEvent {
  return { type: "attempt.step", step, ...named(ref) };
}

export function attemptPublishing(ref: AttemptRef): RunEvent {
  return { type: "attempt.publishing", ...named(ref) };
}

/** The one terminal event of an attempt. Throws for an attempt that has not ended. */
export function attemptFinished(ref: AttemptRef, ended: Ended, durationMs: number, cause: CauseId | null): RunEvent {
  return { type: "attempt.finished", ...named(ref), ...outcomeOf(ended, cause), duration_ms: durationMs };
}

/** A report with an old fence: `reason` says what it claimed. */
export function attemptLate(ref: AttemptRef, ended: Ended, durationMs: number): RunEvent {
  const said = outcomeOf(ended, null);
  return {
    type: "attempt.finished",
    ...named(ref),
    ...said,
    outcome: "late",
    reason: said.outcome,
    duration_ms: durationMs,
  };
}

/** What follows for the job when its attempt is settled, after `attempt.finished`; `null` for states without event. */
export function jobMoved(ref: JobRef, next: JobNext, failure: Failure | null, cause: CauseId | null): RunEvent | null {
  switch (next.state) {
    case "skipped":
      return jobSkipped(ref, next.reason);
    case "held":
      return jobHeld(ref, next.by, heldReason(next.by));
    case "deferred":
      return jobDeferred(ref, next.until, next.reason);
    case "unconfirmed":
      return jobUnconfirmed(ref, failure, cause);
    case "success":
    case "failed":
    case "pending":
    case "parked":
    case "waiting":
      return null;
  }
}

export function jobSkipped(ref: JobRef, reason: string): RunEvent {
  return { type: "job.skipped", job: ref.job, account: ref.account, reason };
}

export function jobHeld(ref: JobRef, by: HeldBy, reason: string): RunEvent {
  return { type: "job.held", job: ref.job, account: ref.account, by, reason };
}

export function jobDeferred(ref: JobRef, until: Instant, reason: string): RunEvent {
  return { type: "job.deferred", job: ref.job, account: ref.account, until: iso(until), reason };
}

function jobUnconfirmed(ref: JobRef, failure: Failure | null, cause: CauseId | null): RunEvent {
  const view = failure === null ? null : failureView(failure, cause);
  return { type: "job.unconfirmed", job: ref.job, account: ref.account, failure: view };
}

/** A cause nobody has seen before, or one that came back after it was put right; nothing for any other. */
export function causeSeen(ref: JobRef, cause: SeenCause): RunEvent | null {
  if (cause.seen === "again") return null;
  const { id, category, word, title } = cause;
  return {
    type: `cause.${cause.seen}`,
    cause_id: id,
    category,
    cause: word,
    title,
    job: ref.job,
    account: ref.account,
  };
}

/** A cause on the wire. */
export function causeSummary(cause: CauseView): CauseSummary {
  return {
    cause_id: cause.id,
    category: cause.category,
    cause: cause.cause,
    title: cause.title,
    state: cause.state,
    jobs: cause.jobs,
    unconfirmed: cause.unconfirmed,
    accounts: cause.accounts,
    failures_in_run: cause.inRun,
    failures: cause.failures,
    only_device: cause.onlyDevice,
  };
}

/** What a look found. */
export function jobLookedAt(ref: JobRef, decision: LookDecision): RunEvent {
  const result = decision.next === "stays" ? "cannot_tell" : decision.next;
  const again = decision.next === "settling" ? iso(decision.at) : null;
  return { type: "job.verified", job: ref.job, account: ref.account, result, by: "verify", look_again_at: again };
}

/** What a person settled. */
export function jobMarked(ref: JobRef, result: "posted" | "not_posted"): RunEvent {
  return { type: "job.verified", job: ref.job, account: ref.account, result, by: "person", look_again_at: null };
}

/** There is no attempt and so no `attempt.finished`: the job's time was over before its turn. */
export function jobTooLate(ref: JobRef): RunEvent {
  return { type: "warning", code: "too_late", message: `job ${ref.job}: its not_after has passed, it was not tried` };
}

export function accountHeld(
  account: AccountRef,
  hold: { cause: string; reason: string; cooldownUntil: Instant | null },
  jobs: number,
): RunEvent {
  const until = hold.cooldownUntil === null ? null : iso(hold.cooldownUntil);
  return {
    type: "account.held",
    account: account.name,
    platform: account.platform,
    cause: hold.cause,
    reason: hold.reason,
    cooldown_until: until,
    jobs_held: jobs,
  };
}

export function accountReleased(account: AccountRef, jobs: number): RunEvent {
  return { type: "account.released", account: account.name, platform: account.platform, jobs_released: jobs };
}

/** The summary of a closed pass. */
export function passSummary(record: PassRecord): RunEvent {
  const { pass_number, total_jobs: _, started_at: __, ended_at: ___, result, duration_ms, ...stats } = record;
  return { type: "pass.summary", pass: pass_number, result, duration_ms, ...stats };
}

function outcomeOf(
  ended: Ended,
  cause: CauseId | null,
): {
  outcome: "posted" | "failed" | "unconfirmed" | "cancelled";
  failure: FailureView | null;
  url: string | null;
  reason: string | null;
} {
  switch (ended.phase) {
    case "posted":
      return { outcome: "posted", failure: null, url: ended.url, reason: null };
    case "failed":
    case "unconfirmed":
      return { outcome: ended.phase, failure: failureView(ended.failure, cause), url: null, reason: null };
    case "cancelled":
      return { outcome: "cancelled", failure: null, url: null, reason: ended.reason };
    case "running":
    case "publishing":
      throw new Error(`an attempt can't be settled as ${ended.phase}`);
  }
}

function heldReason(by: HeldBy): string {
  if (by === "twin") return "the same post of this account is still unsettled";
  return by === "account" ? "its account is held" : "held by a person";
}

function named({ job, account, attempt, pass, worker, device }: AttemptRef): AttemptRef {
  return { job, account, attempt, pass, worker, device };
}

const iso = (at: Instant) => new Date(at).toISOString();

export function deviceOut(id: string, { by, cause, reason, until }: Omit<DeviceOut, "since">): RunEvent {
  const till = until === null ? null : iso(until);
  return { type: "device.quarantined", device: id, by, cause, reason, until: till };
}
