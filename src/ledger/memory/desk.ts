import type { JobId } from "../../core/ids.ts";
import { NOTHING_SPENT } from "../../core/retry.ts";
import type { DeskReport, JobDesk } from "../ledger.ts";
import { jobHeld, jobMarked } from "../ledger-events.ts";
import { resolveCause } from "./causes.ts";
import { campaignOf, type Handle, type Tx } from "./handle.ts";
import { foundMissing, foundPosted, unconfirmedAttempt } from "./looks.ts";
import { addPost, dayFor } from "./posts.ts";
import { freeTwins, move, putBack, refOf, signed } from "./standing.ts";
import type { AccountRecord, JobRecord } from "./store.ts";

/** Does it to one job; text = why it was left alone. */
type Deed = (tx: Tx, job: JobRecord) => string | null;

export function openJobDesk(handle: Handle, name: string): JobDesk {
  const each = (ids: readonly JobId[], sign: { by: string; why: string }, deed: Deed) =>
    handle.write((tx) => signed(tx, sign, () => doEach(tx, { name, ids, deed })));
  return {
    retry: (ids, by) => each(ids, { by, why: "retried" }, retry),
    hold: (ids, by, reason) => each(ids, { by, why: reason }, (tx, job) => hold(tx, job, `${by}: ${reason}`)),
    release: (ids, by) => each(ids, { by, why: "released" }, release),
    markPosted: (ids, by, url) => each(ids, { by, why: "marked as posted" }, (tx, job) => markPosted(tx, job, url)),
    markNotPosted: (ids, by) => each(ids, { by, why: "marked as not posted" }, markNotPosted),
    resolveCause: (cause, by, note) =>
      handle.write((tx) => resolveCause(tx, campaignOf(tx.store, name), { cause, by, note })),
    send: (type, by) => handle.write((tx) => void campaignOf(tx.store, name).commands.push({ type, by })),
  };
}

function doEach(tx: Tx, { name, ids, deed }: { name: string; ids: readonly JobId[]; deed: Deed }): DeskReport {
  const report: DeskReport = { done: [], refused: [] };
  for (const id of ids) {
    const job = campaignOf(tx.store, name).jobs.get(id);
    const why = job === undefined ? "no such job" : deed(tx, job);
    if (why === null) report.done.push(id);
    else report.refused.push({ job: id, why });
  }
  return report;
}

function retry(tx: Tx, job: JobRecord): string | null {
  if (job.account?.hold != null) return "its account is held: release the account first";
  switch (job.place.state) {
    case "failed":
    case "deferred":
      job.isImported = false;
      job.spent = NOTHING_SPENT;
      putBack(tx, job);
      return null;
    case "pending":
    case "parked":
    case "waiting":
      return "it is pending already";
    default:
      return standsAs(job);
  }
}

function hold(tx: Tx, job: JobRecord, reason: string): string | null {
  switch (job.place.state) {
    case "pending":
    case "parked":
    case "waiting":
    case "deferred":
    case "failed":
      move(job, { state: "held", by: "person" });
      tx.emit(jobHeld(refOf(job), "person", reason), job.campaign);
      return null;
    default:
      return standsAs(job);
  }
}

function release(tx: Tx, job: JobRecord): string | null {
  if (job.place.state !== "held") return "it is not held";
  if (job.place.by !== "person") return standsAs(job);
  putBack(tx, job);
  return null;
}

function markPosted(tx: Tx, job: JobRecord, url: string | null): string | null {
  const { account } = job;
  if (["success", "skipped", "claimed"].includes(job.place.state)) return standsAs(job);
  if (account === null) return "it has no account yet";
  const attempt = unconfirmedAttempt(job);
  if (attempt !== null) foundPosted(tx, attempt, url);
  else postedByHand(tx, job, { account, url });
  tx.emit(jobMarked(refOf(job), "posted"), job.campaign);
  return null;
}

/** A job that a person found posted: a post of today. */
function postedByHand(tx: Tx, job: JobRecord, { account, url }: { account: AccountRecord; url: string | null }): void {
  const hash = (job.attempts.at(-1)?.media ?? tx.store.media.get(job.spec.media))?.hash ?? null;
  const day = dayFor(account, account.settings.timezone ?? account.zone, tx);
  addPost(account, job, { state: "posted", hash, day, intentAt: tx.now, postedAt: tx.now });
  move(job, { state: "success" });
  job.url = url;
  freeTwins(tx, account);
}

function markNotPosted(tx: Tx, job: JobRecord): string | null {
  const attempt = unconfirmedAttempt(job);
  if (attempt === null) return standsAs(job);
  tx.emit(jobMarked(refOf(job), "not_posted"), job.campaign);
  foundMissing(tx, attempt, "person");
  return null;
}

/** Why a job in this state is left alone. */
function standsAs({ place }: JobRecord): string {
  switch (place.state) {
    case "success":
      return "it is posted";
    case "skipped":
      return "it would repeat a post already made";
    case "unconfirmed":
      return "nobody knows yet whether it is posted: verify it, or mark it";
    case "claimed":
      return "it is running";
    case "held":
      return HELD[place.by];
    default:
      return `it is ${place.state === "failed" || place.state === "deferred" ? place.state : "pending"}`;
  }
}

const HELD = {
  person: "it is held by a person: release it",
  account: "it is held with its account: release the account",
  twin: "it waits for the same post to be settled: verify or mark that one",
};
