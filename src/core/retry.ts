// What follows an attempt's outcome for its job: budgets per category, uncharged answers, holds (3-semantics 3.3).
import { type Attempt, mayBeLive } from "./attempt.ts";
import type { Failure } from "./failure.ts";
import { type Instant, later, type Millis, millis, minutes, seconds } from "./ids.ts";
import type { HeldBy } from "./job.ts";
import type { NoGo } from "./poster-end.ts";

export type RetryPolicy = {
  /** Retries per job for infrastructure failures; attempts are one more. */
  infrastructure: number;
  /** Retries per job for failures of unknown cause; 0 = none. */
  unknown: number;
};

/** What a job's attempts of this run have used up. Each category has its own counter. */
export type Spent = { infrastructure: number; unknown: number; rateLimits: number };

export const NOTHING_SPENT: Spent = { infrastructure: 0, unknown: 0, rateLimits: 0 };

/** Longest Retry-After that a pass waits for; a longer one defers. */
const RATE_LIMIT_WAIT: Millis = minutes(5);
/** The so-many-th uncharged rate-limit answer to one job in one run defers it. */
export const RATE_LIMIT_ANSWERS = 10;
const RATE_LIMIT_BACKOFF: Millis = seconds(30);

/** Where a job goes after an attempt. `parked` and `waiting` show as pending. */
export type JobNext =
  | { state: "success" }
  | { state: "failed" }
  | { state: "unconfirmed" }
  | { state: "pending" }
  /** Pending, but not in this pass. */
  | { state: "parked" }
  /** Pending from `until` on; this pass waits for it. */
  | { state: "waiting"; until: Instant }
  | { state: "deferred"; until: Instant; reason: string }
  | { state: "skipped"; reason: "duplicate" }
  | { state: "held"; by: HeldBy };

/** How an attempt is written down: its end, its job's next state, what it costs. */
export type Settlement = {
  attempt: Attempt;
  job: JobNext;
  /** Adds one to this counter of the job. */
  charge: keyof Spent | null;
  /** Holds the account with this cause. */
  hold: { cause: string; reason: string; cooldownUntil: Instant | null } | null;
};

/** Decides what a finished attempt does to its job. Total. Source: 3-semantics 3.1, 3.3 */
export function decideSettlement(attempt: Attempt, spent: Spent, now: Instant): Settlement {
  const free = { attempt, charge: null, hold: null };
  switch (attempt.phase) {
    case "posted":
      return { ...free, job: { state: "success" } };
    case "unconfirmed":
      return { ...free, job: { state: "unconfirmed" } };
    case "failed":
      return settleFailure(attempt, attempt.failure, spent, now);
    case "cancelled":
      return { ...free, job: { state: "pending" } };
    case "running":
    case "publishing":
      // No end was seen: a job that may be live never goes back to pending.
      return { ...free, job: { state: mayBeLive(attempt) ? "unconfirmed" : "pending" } };
  }
}

function settleFailure(attempt: Attempt, failure: Failure, spent: Spent, now: Instant): Settlement {
  if (failure.rateLimited) return settleRateLimit(attempt, failure, spent, now);
  switch (failure.category) {
    case "account": {
      const cooldownUntil = failure.cooldownMs === null ? null : later(now, failure.cooldownMs);
      const hold = { cause: failure.cause, reason: failure.evidence.message.slice(0, 300), cooldownUntil };
      return { attempt, job: { state: "failed" }, charge: null, hold };
    }
    case "content":
      return { attempt, job: { state: "failed" }, charge: null, hold: null };
    case "setup":
      return { attempt, job: { state: "parked" }, charge: null, hold: null };
    case "infrastructure":
      return { attempt, job: { state: "failed" }, charge: "infrastructure", hold: null };
    case "unknown":
      return { attempt, job: { state: "failed" }, charge: "unknown", hold: null };
  }
}

function settleRateLimit(attempt: Attempt, failure: Failure, spent: Spent, now: Instant): Settlement {
  const backoff = millis(Math.min(RATE_LIMIT_WAIT, RATE_LIMIT_BACKOFF * 2 ** spent.rateLimits));
  // "Retry-After: 0" is no time either: what is not charged still backs off.
  const asked = failure.retryAfterMs;
  const wait = asked !== null && asked > 0 ? asked : backoff;
  const isLast = spent.rateLimits + 1 >= RATE_LIMIT_ANSWERS;
  // deferred for longer than a pass waits: else a short Retry-After would bring it back into this very pass
  const until = later(now, isLast ? millis(Math.max(wait, RATE_LIMIT_WAIT)) : wait);
  const job: JobNext =
    isLast || wait > RATE_LIMIT_WAIT
      ? { state: "deferred", until, reason: "rate_limited" }
      : { state: "waiting", until };
  return { attempt, job, charge: "rateLimits", hold: null };
}

/** Where a job goes whose intent was refused; nothing is charged. */
export function afterNoGo(noGo: NoGo): JobNext {
  switch (noGo) {
    case "duplicate":
      return { state: "skipped", reason: "duplicate" };
    case "twin_unconfirmed":
      return { state: "held", by: "twin" };
    case "account_held":
      return { state: "held", by: "account" };
    case "limit":
    case "too_late": // its next claim fails it
    case "stopping":
    case "fenced":
    case "verifying":
    case "wrong_phone": // judged before it comes here
      return { state: "pending" };
  }
}

/** Whether another pass may try a failed job again, by what it has spent so far. */
export function mayRetry(category: Failure["category"], spent: Spent, policy: RetryPolicy): boolean {
  if (category === "infrastructure") return spent.infrastructure <= policy.infrastructure;
  if (category === "unknown") return spent.unknown <= policy.unknown;
  return false;
}
