// Finds the best job that may be attempted now; defers, holds, skips and fails what it finds not eligible on the way.
import { type Instant, later, millis } from "../../core/ids.ts";
import { type AccountLimits, decideEligibility, type Eligibility } from "../../core/limits.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { NoWork } from "../ledger.ts";
import { jobDeferred, jobHeld, jobMoved, jobSkipped, jobTooLate } from "../ledger-events.ts";
import { accountLimits, tooLateFailure } from "../ledger-rules.ts";
import type { Tx } from "./handle.ts";
import { factsOf, twinOf } from "./posts.ts";
import { change, holdJobsOf, move, putBack, refOf } from "./standing.ts";
import type { AccountRecord, CampaignRecord, JobRecord } from "./store.ts";

/** An account or a device busy in another campaign is looked at again after this long. */
const BUSY_ELSEWHERE = millis(300);

export type Search = { campaign: CampaignRecord; settings: RunSettings; device: string | null };
type Found = { next: "found"; job: JobRecord; account: AccountRecord; limits: AccountLimits };
type Wait = { until: Instant; reason: string };

/** Looks at the best job of each free account, best first, until one may go. */
export function findEligible(tx: Tx, search: Search): Found | NoWork {
  wakeDue(tx, search.campaign);
  const waits: Wait[] = [];
  const passedOver = new Set<AccountRecord>();
  for (;;) {
    const best = bestJob(search, passedOver);
    if (best === null) return nothing(tx, search, waits);
    const { job, account } = best;
    const limits = accountLimits(search.settings, account.settings);
    const wait = lookAt(tx, best, limits);
    if (wait === "go") return isBusy(tx, search) ? deviceBusy(tx) : { next: "found", job, account, limits };
    if (wait === null) continue;
    passedOver.add(account);
    waits.push(wait);
  }
}

/** In another campaign: no settling of ours will free it. */
const isBusy = ({ store }: Tx, { device }: Search) => device !== null && store.devices.has(device);

const deviceBusy = ({ now }: Tx): NoWork => ({
  next: "wait",
  until: later(now, BUSY_ELSEWHERE),
  reason: "device_busy",
});

/** Jobs whose time has come are pending. @returns how many */
export function wakeDue(tx: Tx, campaign: CampaignRecord): number {
  let woken = 0;
  for (const job of campaign.asleep) {
    const { place } = job;
    if ((place.state !== "deferred" && place.state !== "waiting") || place.until > tx.now) continue;
    putBack(tx, job);
    woken++;
  }
  return woken;
}

function bestJob({ campaign, settings, device }: Search, passedOver: ReadonlySet<AccountRecord>) {
  let best: { job: JobRecord; account: AccountRecord } | null = null;
  for (const job of campaign.pending) {
    const { account, place, inScope } = job;
    if (place.state !== "pending" || !inScope || account === null) continue;
    if (account.inFlight !== null || passedOver.has(account) || !mayServe(account, settings, device)) continue;
    if (best === null || isBefore(job, best.job)) best = { job, account };
  }
  return best;
}

/** Higher priority first, then what came in first. */
export function isBefore(a: JobRecord, b: JobRecord): boolean {
  return a.spec.priority !== b.spec.priority ? a.spec.priority > b.spec.priority : a.seq < b.seq;
}

function mayServe(account: AccountRecord, settings: RunSettings, device: string | null): boolean {
  if (device === null) return true;
  const said = settings.knownAccounts.find((a) => a.name === account.name && a.platform === account.platform);
  const bound = said?.device ?? account.settings.device;
  return bound === null || bound === device;
}

/** `null`: this job is out of the way, look at the next. */
function lookAt(
  tx: Tx,
  { job, account }: { job: JobRecord; account: AccountRecord },
  limits: AccountLimits,
): "go" | Wait | null {
  const { calendar, now } = tx;
  const verdict = decideEligibility(now, job.spec, factsOf(account, limits, tx), { limits, calendar });
  switch (verdict.next) {
    case "hold":
      for (const held of holdJobsOf(account))
        tx.emit(jobHeld(refOf(held), "account", account.hold?.cause ?? "held"), held.campaign);
      return null;
    case "defer":
      deferJobs(tx, job, verdict);
      return null;
    case "wait":
      return leaveOutTwin(tx, job, account) ? null : verdict;
    case "too_late":
      failTooLate(tx, job, now);
      return null;
    case "go":
      return leaveOutTwin(tx, job, account) ? null : "go";
  }
}

/** A limit or a window holds back all of the account's jobs, `not_before` this one. */
function deferJobs(tx: Tx, first: JobRecord, { until, reason }: Extract<Eligibility, { next: "defer" }>): void {
  const { campaign } = first;
  const alike = reason === "not_before" ? [first] : [...campaign.pending].filter((job) => isAlike(job, first));
  for (const job of alike.sort((a, b) => (isBefore(a, b) ? -1 : 1))) {
    move(job, { state: "deferred", until, reason });
    tx.emit(jobDeferred(refOf(job), until, reason), campaign);
  }
}

function isAlike(job: JobRecord, first: JobRecord): boolean {
  return job.account === first.account && job.inScope && job.place.state === "pending";
}

function failTooLate(tx: Tx, job: JobRecord, now: Instant): void {
  const { category, cause, evidence } = tooLateFailure(job.spec.notAfter ?? now);
  change(job, { place: { state: "failed" }, failure: { category, cause, message: evidence.message } });
  tx.emit(jobTooLate(refOf(job)), job.campaign);
}

function leaveOutTwin(tx: Tx, job: JobRecord, account: AccountRecord): boolean {
  const hash = tx.store.media.get(job.spec.media)?.hash ?? null;
  const against = twinOf(account, { job, hash, own: null });
  if (against === null) return false;
  if (against === "duplicate") {
    move(job, { state: "skipped", reason: "duplicate" });
    tx.emit(jobSkipped(refOf(job), "duplicate"), job.campaign);
    return true;
  }
  move(job, { state: "held", by: "twin" });
  const event = jobMoved(refOf(job), { state: "held", by: "twin" }, null);
  if (event !== null) tx.emit(event, job.campaign);
  return true;
}

function nothing(tx: Tx, { campaign }: Search, waits: Wait[]): NoWork {
  const all = [...waits];
  for (const { place, inScope, account } of campaign.pending) {
    if (!inScope || account === null) continue;
    if (place.state === "waiting") all.push({ until: place.until, reason: "rate_limited" });
    // no settling of ours will bring it back: ask again
    if (place.state === "pending" && isBusyElsewhere(campaign, account))
      all.push({ until: later(tx.now, BUSY_ELSEWHERE), reason: "account_busy" });
  }
  const first = all.reduce<Wait | null>((a, b) => (a === null || b.until < a.until ? b : a), null);
  return first === null ? { next: "none" } : { next: "wait", until: first.until, reason: first.reason };
}

function isBusyElsewhere(campaign: CampaignRecord, { inFlight }: AccountRecord): boolean {
  return inFlight !== null && inFlight.job.campaign !== campaign;
}
