import type { Unconfirmed } from "../../core/claim.ts";
import type { AttemptId, JobId } from "../../core/ids.ts";
import type { Look, LookDecision } from "../../core/verify.ts";
import type { LookDesk } from "../ledger.ts";
import { jobLookedAt } from "../ledger-events.ts";
import { lookedInVain, notPostedFailure } from "../ledger-rules.ts";
import { campaignOf, type Handle, openRunOf, type Tx } from "./handle.ts";
import { voidPost } from "./posts.ts";
import { markPosted, noteCauseOf, noteOf } from "./settle.ts";
import { change, freeTwins, move, noteMove, putBack, refOf, signed } from "./standing.ts";
import type { AttemptRecord, JobRecord } from "./store.ts";

export function openLookDesk(handle: Handle, name: string): LookDesk {
  return {
    async list(ids) {
      const wanted = ids === undefined ? null : new Set<JobId>(ids);
      const jobs = [...campaignOf(handle.store, name).jobs.values()];
      return jobs.filter((job) => wanted === null || wanted.has(job.spec.id)).flatMap(unconfirmedOf);
    },
    record: (attempt, look, decision) => handle.write((tx) => recordLook(tx, attempt, { look, decision })),
    missed: (attempt) => handle.write((tx) => missLook(tx, attempt)),
  };
}

function unconfirmedOf(job: JobRecord): Unconfirmed[] {
  const attempt = unconfirmedAttempt(job);
  if (attempt === null || attempt.post === null) return [];
  const { id, pass, device, account, post } = attempt;
  const { intentAt, absentSince, lookAt, baseline } = post;
  const spec = { ...job.spec, account: account.name, platform: account.platform };
  return [{ job: spec, attempt: id, pass, device, intentAt, absentSince, lookAt, baseline }];
}

/** The attempt that left its job unconfirmed. */
export function unconfirmedAttempt(job: JobRecord): AttemptRecord | null {
  if (job.place.state !== "unconfirmed") return null;
  return job.attempts.findLast((a) => a.state.phase === "unconfirmed") ?? null;
}

function recordLook(tx: Tx, id: AttemptId, { look, decision }: { look: Look; decision: LookDecision }): void {
  const attempt = tx.store.attempts.get(id);
  // settled meanwhile, by a person or a late report
  if (attempt === undefined || unconfirmedAttempt(attempt.job) !== attempt || attempt.post === null) return;
  tx.emit(jobLookedAt(refOf(attempt.job), decision), attempt.job.campaign);
  signed(tx, { by: "verify", why: null }, () => settleByLook(tx, attempt, look, decision));
}

function missLook(tx: Tx, id: AttemptId): void {
  const attempt = tx.store.attempts.get(id);
  if (attempt === undefined || unconfirmedAttempt(attempt.job) !== attempt || attempt.post === null) return;
  const { post } = attempt;
  if (post.lookAt !== null && post.lookAt <= tx.now) post.lookAt = null;
}

function settleByLook(tx: Tx, attempt: AttemptRecord, look: Look, decision: LookDecision): void {
  switch (decision.next) {
    case "posted":
      foundPosted(tx, attempt, null);
      return;
    case "not_posted":
      foundMissing(tx, attempt, "verify");
      return;
    case "settling":
      Object.assign(attempt.post ?? {}, { lookAt: decision.at, absentSince: decision.absentSince });
      break;
    case "stays":
      Object.assign(attempt.post ?? {}, { lookAt: null, absentSince: null });
  }
  const { state } = attempt.job.place;
  signed(tx, { by: "verify", why: lookedInVain(look, decision) }, () => noteMove(attempt.job, state));
}

/** It is posted after all. */
export function foundPosted(tx: Tx, attempt: AttemptRecord, url: string | null): void {
  const { job, account } = attempt;
  markPosted(tx, attempt);
  attempt.ended ??= attempt.state;
  attempt.state = { phase: "posted", url };
  move(job, { state: "success" });
  job.url = url;
  freeTwins(tx, account);
}

/** Provably not out. A look leaves a retryable failure and charges it, a person a pending job. */
export function foundMissing(tx: Tx, attempt: AttemptRecord, by: "verify" | "person"): void {
  const { job, account } = attempt;
  const failure = notPostedFailure(by);
  voidPost(attempt);
  attempt.ended ??= attempt.state;
  attempt.state = { phase: "failed", failure };
  if (by === "verify") {
    attempt.charge = "infrastructure";
    // budgets are a run's: one that only looked has paid nothing
    if (openRunOf(job.campaign) === attempt.run)
      job.spent = { ...job.spent, infrastructure: job.spent.infrastructure + 1 };
    noteCauseOf(tx, attempt, failure);
    change(job, { place: { state: "failed" }, failure: noteOf(failure) });
  } else putBack(tx, job);
  freeTwins(tx, account);
}
