// Writes the end of an attempt and all that follows from it.
import type { ClaimRef } from "../../core/claim.ts";
import type { Failure } from "../../core/failure.ts";
import type { JobId } from "../../core/ids.ts";
import type { JobNext, Settlement } from "../../core/retry.ts";
import { type AttemptRef, accountHeld, attemptFinished, attemptLate, jobMoved } from "../ledger-events.ts";
import { accountLimits, isOf, reasonAfter } from "../ledger-rules.ts";
import { noteCause, tellCause } from "./causes.ts";
import type { Tx } from "./handle.ts";
import { addPost, dayFor, twinOf, voidPost } from "./posts.ts";
import { change, freeTwins, holdJobsOf, move, refOf, signed } from "./standing.ts";
import type { AccountHold, AccountRecord, AttemptRecord, CampaignRecord, JobRecord } from "./store.ts";

type Settling = { ref: ClaimRef & { of?: JobId | null }; settlement: Settlement };

/** Throws for an attempt that this campaign never gave out. */
export function settleAttempt(tx: Tx, campaign: CampaignRecord, { ref, settlement }: Settling): "ok" | "late" {
  const attempt = tx.store.attempts.get(ref.attempt);
  if (attempt === undefined || attempt.job.campaign !== campaign || !isOf(attempt.job.spec.id, ref.of))
    throw new Error(`campaign ${campaign.name} has no attempt ${ref.attempt}`);
  if (attempt.fence !== ref.fence || attempt.account.inFlight !== attempt) return settleLate(tx, attempt, settlement);
  endAttempt(tx, attempt, settlement);
  settlePost(tx, attempt, settlement);
  const { job, account } = attempt;
  const failure = failureOf(settlement);
  const noted = failure === null ? null : noteCauseOf(tx, attempt, failure);
  const next = landing(attempt, settlement.job);
  land(job, next, settlement);
  const id = attempt.cause?.id ?? null;
  tx.emit(attemptFinished(attemptRef(attempt), settlement.attempt, tx.now - attempt.startedAt, id), campaign);
  const moved = jobMoved(refOf(job), next, failure, id);
  if (moved !== null) tx.emit(moved, campaign);
  if (noted !== null) tellCause(tx, job, noted);
  if (settlement.hold !== null) holdByRun(tx, attempt, settlement.hold);
  freeTwins(tx, account);
  return "ok";
}

/** Adds a failure of this attempt to its cause. */
export function noteCauseOf(tx: Tx, attempt: AttemptRecord, failure: Failure) {
  const noted = noteCause(tx, attempt.job, { failure, device: attempt.device });
  attempt.cause = noted.cause;
  return noted;
}

function endAttempt(tx: Tx, attempt: AttemptRecord, { attempt: ended, charge }: Settlement): void {
  attempt.state = ended;
  attempt.endedAt = tx.now;
  attempt.charge = charge;
  attempt.account.inFlight = null;
  if (attempt.device !== null) tx.store.devices.delete(attempt.device);
  const { job } = attempt;
  if (charge !== null) job.spent = { ...job.spent, [charge]: job.spent[charge] + 1 };
}

function settlePost(tx: Tx, attempt: AttemptRecord, { attempt: ended }: Settlement): void {
  if (ended.phase === "posted") markPosted(tx, attempt);
  else if (ended.phase === "unconfirmed") postOf(tx, attempt).state = "unconfirmed";
  else voidPost(attempt);
}

/** Records a post made, with or without an intent. */
export function markPosted(tx: Tx, attempt: AttemptRecord): void {
  const post = postOf(tx, attempt);
  post.state = "posted";
  post.postedAt = tx.now;
}

/** The attempt's post; a poster that did not ask has none yet. */
function postOf(tx: Tx, attempt: AttemptRecord) {
  const { account, job } = attempt;
  if (attempt.post !== null) return attempt.post;
  const day = dayFor(account, accountLimits(attempt.run.settings, account.settings).zone, tx);
  const hash = attempt.media?.hash ?? tx.store.media.get(job.spec.media)?.hash ?? null;
  attempt.post = addPost(account, job, { state: "open", hash, day, intentAt: tx.now });
  return attempt.post;
}

function failureOf({ attempt }: Settlement): Failure | null {
  return attempt.phase === "failed" || attempt.phase === "unconfirmed" ? attempt.failure : null;
}

/** Where the job really goes: what it was to wait for may be over by now, and its account may have been held meanwhile. */
function landing({ job, account, media }: AttemptRecord, next: JobNext): JobNext {
  if (next.state === "held" && next.by === "twin") {
    const against = twinOf(account, { job, hash: media?.hash ?? null, own: null });
    if (against !== "twin_unconfirmed") return landingOpen(account, { state: "pending" });
  }
  if (next.state === "held" && next.by === "account" && account.hold === null) return { state: "pending" };
  return isOpen(next) ? landingOpen(account, next) : next;
}

function isOpen(next: JobNext): boolean {
  return ["pending", "parked", "waiting", "deferred"].includes(next.state);
}

function landingOpen(account: AccountRecord, next: JobNext): JobNext {
  return account.hold === null ? next : { state: "held", by: "account" };
}

function land(job: JobRecord, place: JobNext, settlement: Settlement): void {
  const { attempt } = settlement;
  if (attempt.phase === "posted") job.url = attempt.url;
  const failure = failureOf(settlement);
  const shows = place.state === "failed" || place.state === "unconfirmed" ? failure : null;
  change(job, { place, failure: shows === null ? null : noteOf(shows) });
}

/** What a job keeps of its failure. */
export function noteOf({ category, cause, evidence }: Failure): NonNullable<JobRecord["failure"]> {
  return { category, cause, message: evidence.message };
}

function holdByRun(tx: Tx, { account, job }: AttemptRecord, hold: NonNullable<Settlement["hold"]>): void {
  const reason = reasonAfter(hold.reason, account.hold?.reason ?? null);
  holdAccount(tx, account, { ...hold, reason, at: tx.now, by: "run" }, job);
}

/** Holds an account and its open jobs in all campaigns. `of`: the job whose run says so. @returns how many jobs */
export function holdAccount(tx: Tx, account: AccountRecord, hold: AccountHold, of: JobRecord | null): number {
  account.hold = hold;
  const why = hold.by === "person" ? hold.reason : `its account was held: ${hold.cause}`;
  const jobs = signed(tx, { by: tx.store.pen.by, why }, () => holdJobsOf(account)).length;
  tx.emit(accountHeld(account, hold, jobs), of?.campaign ?? null);
  return jobs;
}

function settleLate(tx: Tx, attempt: AttemptRecord, settlement: Settlement): "late" {
  const said = settlement.attempt;
  const { job, account, state } = attempt;
  // the same report again, such as one read from an outbox twice
  if (said.phase === state.phase) return "late";
  tx.emit(attemptLate(attemptRef(attempt), said, tx.now - attempt.startedAt), job.campaign);
  if (said.phase !== "posted") return "late";
  markPosted(tx, attempt);
  if (state.phase === "unconfirmed") {
    attempt.ended ??= state;
    attempt.state = said;
  }
  // a newer attempt in flight gets no go; it ends by itself
  if (job.place.state !== "claimed") {
    move(job, { state: "success" });
    job.url = said.url;
  }
  freeTwins(tx, account);
  return "late";
}

/** An attempt as events name it. */
export function attemptRef({ id, job, account, pass, worker, device }: AttemptRecord): AttemptRef {
  return { job: job.spec.id, account: account.name, attempt: id, pass, worker, device };
}
