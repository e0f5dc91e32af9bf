// Writes the end of an attempt and all that follows from it, in one transaction.

import type { ClaimRef } from "../../core/claim.ts";
import type { Failure } from "../../core/failure.ts";
import { type JobId, jobId, localDay } from "../../core/ids.ts";
import type { JobNext, Settlement, Spent } from "../../core/retry.ts";
import { accountHeld, attemptFinished, attemptLate, causeSeen, jobMoved } from "../ledger-events.ts";
import { isOf, reasonAfter } from "../ledger-rules.ts";
import { type AttemptRow, attemptByKey, isCurrent, refOf } from "./attempts.ts";
import { type Noted, noteCause } from "./causes.ts";
import { captionHash, spentOf } from "./job-rows.ts";
import { signed } from "./moves.ts";
import { IS_OPEN } from "./partial.ts";
import { countOutcome, outcomeKey } from "./pass-counts.ts";
import { findTwin, freeTwins, isRepeat, knownMedia, postOf } from "./posts.ts";
import type { Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

type Settling = { ref: ClaimRef & { of?: JobId | null }; settlement: Settlement };

export function settle(tx: Tx, scope: Scope, { ref, settlement }: Settling): "ok" | "late" {
  const row = attemptByKey(tx.db, ref.attempt);
  if (row === undefined || row.campaign !== scope.find() || !isOf(row.job_key, ref.of))
    throw new Error(`campaign ${scope.name} has no attempt ${ref.attempt}`);
  if (!isCurrent(row, ref)) return settleLate(tx, scope, { row, settlement });
  const failure = failureOf(settlement);
  const cause = failure === null ? null : noteCauseOf(tx, scope, { row, failure });
  endAttempt(tx, row, { ...settlement, cause });
  if (settlePost(tx, row, settlement)) freeTwins(tx.db, row.account);
  const next = landing(tx, row, settlement.job);
  moveJob(tx, row, { ...settlement, job: next, cause });
  countOutcome(tx.db, row, outcomeKey(settlement.attempt, settlement.charge));
  freeLeases(tx, row);
  scope.emit(tx, attemptFinished(refOf(row), settlement.attempt, tx.now - row.started_at, cause?.id ?? null));
  const job = { job: jobId(row.job_key), account: row.account_name };
  const moved = jobMoved(job, next, failure, cause?.id ?? null);
  if (moved !== null) scope.emit(tx, moved);
  const told = cause === null ? null : causeSeen(job, cause);
  if (told !== null) scope.emit(tx, told);
  if (settlement.hold !== null) holdAccountOf(tx, scope, { row, hold: settlement.hold });
  return "ok";
}

function failureOf({ attempt }: Settlement): Failure | null {
  return attempt.phase === "failed" || attempt.phase === "unconfirmed" ? attempt.failure : null;
}

/** Adds a failure of this attempt to its cause. */
export function noteCauseOf(tx: Tx, scope: Scope, { row, failure }: { row: AttemptRow; failure: Failure }): Noted {
  return noteCause(tx, {
    campaign: row.campaign,
    failure,
    job: { id: row.job, key: row.job_key, media: row.media, caption: row.caption },
    account: { id: row.account, name: row.account_name },
    device: row.device,
    run: scope.openRun()?.key ?? null,
  });
}

/** A settlement with the cause of its failure. */
type Caused = Settlement & { cause: Noted | null };

function endAttempt(tx: Tx, row: AttemptRow, { attempt, charge, cause }: Caused): void {
  const failure =
    attempt.phase === "failed" || attempt.phase === "unconfirmed" ? JSON.stringify(attempt.failure) : null;
  tx.db.run(
    "UPDATE attempt SET phase = ?, ended_at = ?, charge = ?, failure = ?, url = ?, reason = ?, cause = ? WHERE id = ?",
    attempt.phase,
    tx.now,
    charge,
    failure,
    attempt.phase === "posted" ? attempt.url : null,
    attempt.phase === "cancelled" ? attempt.reason : null,
    cause?.row ?? null,
    row.id,
  );
}

/** @returns whether twins that waited for this post may go on */
function settlePost(tx: Tx, row: AttemptRow, { attempt }: Settlement): boolean {
  switch (attempt.phase) {
    case "posted":
      markPosted(tx, row, attempt.url);
      return true;
    case "unconfirmed":
      markUnconfirmed(tx, row);
      return false;
    default:
      return tx.db.run("UPDATE post SET state = 'void' WHERE attempt = ?", row.id) > 0;
  }
}

/** A twin may stand against it, made since its opaque intent was withdrawn: it may be out all the same, so it is kept as a repost. */
function markUnconfirmed(tx: Tx, row: AttemptRow): void {
  const post = postOf(tx.db, row.id);
  if (post === undefined) {
    insertPost(tx, row, { state: "unconfirmed", url: null });
    return;
  }
  tx.db.run(
    "UPDATE post SET state = 'unconfirmed', is_repost = ? WHERE attempt = ?",
    hasTwin(tx, row) ? 1 : post.is_repost,
    row.id,
  );
}

/** Records a post made. A twin may stand against it (the poster did not ask): it happened all the same, so it is kept as a repost. */
export function markPosted(tx: Tx, row: AttemptRow, url: string | null): void {
  const post = postOf(tx.db, row.id);
  if (post === undefined) {
    insertPost(tx, row, { state: "posted", url });
    return;
  }
  const isRepost = hasTwin(tx, row) ? 1 : post.is_repost;
  tx.db.run(
    "UPDATE post SET state = 'posted', posted_at = ?, url = ?, is_repost = ? WHERE attempt = ?",
    tx.now,
    url,
    isRepost,
    row.id,
  );
}

function insertPost(
  tx: Tx,
  row: AttemptRow,
  { state, url }: { state: "posted" | "unconfirmed"; url: string | null },
): void {
  const isRepost = row.allow_repost === 1 || hasTwin(tx, row);
  tx.db.run(
    `INSERT INTO post (account, media_hash, media, caption_hash, device, job, attempt, state, is_repost, day, intent_at, posted_at, url, pass, run)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.account,
    hashFor(tx, row),
    row.media,
    captionHash(row.caption),
    row.device,
    row.job,
    row.id,
    state,
    isRepost ? 1 : 0,
    localDay(row.day),
    tx.now,
    state === "posted" ? tx.now : null,
    url,
    row.pass,
    row.run,
  );
}

function hashFor(tx: Tx, row: AttemptRow): string | null {
  return knownMedia(tx.db, row.media)?.hash ?? null;
}

function hasTwin(tx: Tx, row: AttemptRow): boolean {
  const own =
    tx.db.one<{ media_hash: string | null }>("SELECT media_hash FROM post WHERE attempt = ?", row.id)?.media_hash ??
    hashFor(tx, row);
  return isRepeat(tx.db, { account: row.account, hash: own, attempt: row.id });
}

function moveJob(tx: Tx, row: AttemptRow, settlement: Caused): void {
  const { job, charge, cause } = settlement;
  const failure = failureOf(settlement);
  const shows = job.state === "failed" || job.state === "unconfirmed" ? failure : null;
  const spent = charged(spentOf(row, row.run), charge);
  const to = destination(job);
  tx.db.run(
    `UPDATE job SET state = ?, category = ?, cause = ?, last_cause = coalesce(?, last_cause), held_by = ?, wake_at = ?, wake_reason = ?,
     spent_run = ?, spent_infrastructure = ?, spent_unknown = ?, spent_rate = ? WHERE id = ?`,
    to.state,
    shows?.category ?? null,
    shows?.cause ?? null,
    cause?.row ?? null,
    to.heldBy,
    to.wakeAt,
    to.reason,
    row.run,
    spent.infrastructure,
    spent.unknown,
    spent.rateLimits,
    row.job,
  );
}

/** Where the job really goes: what held it when it was refused may be over by now, and its account may have been held meanwhile. */
function landing(tx: Tx, row: AttemptRow, next: JobNext): JobNext {
  const job = stillHeld(tx, row, next);
  const isOpen = ["pending", "parked", "waiting", "deferred"].includes(job.state);
  return isOpen && row.hold_cause !== null ? { state: "held", by: "account" } : job;
}

function stillHeld(tx: Tx, row: AttemptRow, job: JobNext): JobNext {
  if (job.state !== "held") return job;
  if (job.by === "account") return row.hold_cause === null ? { state: "pending" } : job;
  if (job.by !== "twin") return job;
  const against = findTwin(tx.db, { account: row.account, media: row.media, hash: hashFor(tx, row), attempt: row.id });
  if (against === "duplicate") return { state: "skipped", reason: "duplicate" };
  return against === null ? { state: "pending" } : job;
}

function charged(spent: Spent, charge: keyof Spent | null): Spent {
  return charge === null ? spent : { ...spent, [charge]: spent[charge] + 1 };
}

function destination(job: JobNext): {
  state: string;
  heldBy: string | null;
  wakeAt: number | null;
  reason: string | null;
} {
  const plain = { state: job.state, heldBy: null, wakeAt: null, reason: null };
  switch (job.state) {
    case "held":
      return { ...plain, heldBy: job.by };
    case "waiting":
      return { ...plain, wakeAt: job.until, reason: "rate_limited" };
    case "deferred":
      return { ...plain, wakeAt: job.until, reason: job.reason };
    case "skipped":
      return { ...plain, reason: job.reason };
    default:
      return plain;
  }
}

function freeLeases(tx: Tx, row: AttemptRow): void {
  tx.db.run("DELETE FROM account_lease WHERE attempt = ?", row.id);
  if (row.device !== null && tx.db.run("DELETE FROM device_lease WHERE attempt = ? AND mark IS NULL", row.id) === 0)
    tx.db.run("UPDATE device_lease SET attempt = NULL WHERE attempt = ?", row.id); // its fleet keeps the phone
  // in every campaign: another one may be waiting for this account
  tx.db.run("UPDATE lane SET ready = 1, wake_at = NULL WHERE account = ?", row.account);
}

function holdAccountOf(
  tx: Tx,
  scope: Scope,
  { row, hold }: { row: AttemptRow; hold: NonNullable<Settlement["hold"]> },
): void {
  const reason = reasonAfter(hold.reason, row.hold_reason);
  tx.db.run(
    "UPDATE account SET hold_cause = ?, hold_reason = ?, held_at = ?, held_by = 'run', cooldown_until = ? WHERE id = ?",
    hold.cause,
    reason,
    tx.now,
    hold.cooldownUntil,
    row.account,
  );
  const why = `its account was held: ${hold.cause}`;
  const jobs = signed(tx, { by: null, why }, () => holdJobsOf(tx, row.account));
  scope.emit(tx, accountHeld({ name: row.account_name, platform: row.platform }, { ...hold, reason }, jobs));
}

/** All open jobs of the account, in every campaign; those held already stay as they are. */
export function holdJobsOf(tx: Tx, account: number): number {
  return tx.db.run(
    `UPDATE job SET state = 'held', held_by = 'account', wake_at = NULL, wake_reason = NULL
     WHERE account = ? AND ${IS_OPEN} AND state <> 'held'`,
    account,
  );
}

/**
 * A report that comes after its claim was given up. A late `posted` is a post made, whatever was thought meanwhile: it is kept,
 * so that a newer attempt of the job gets no go; where nobody holds the job now, the job is posted.
 */
function settleLate(
  tx: Tx,
  scope: Scope,
  { row, settlement }: { row: AttemptRow; settlement: Settlement },
): "ok" | "late" {
  scope.emit(tx, attemptLate(refOf(row), settlement.attempt, tx.now - row.started_at));
  if (settlement.attempt.phase !== "posted") return "late";
  markPosted(tx, row, settlement.attempt.url);
  if (row.job_state === "claimed" || row.job_state === "success") return "late";
  tx.db.run(
    "UPDATE job SET state = 'success', category = NULL, cause = NULL, held_by = NULL, wake_at = NULL, wake_reason = NULL WHERE id = ?",
    row.job,
  );
  countOutcome(tx.db, row, "success_count");
  freeTwins(tx.db, row.account);
  return "late";
}
