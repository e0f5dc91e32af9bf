// Finds the best job that may be attempted now; defers, holds, skips and fails what it finds not eligible on the way.
import { type Instant, later, millis } from "../../core/ids.ts";
import { type AccountLimits, decideEligibility, type Eligibility } from "../../core/limits.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { Demand, NoWork } from "../ledger.ts";
import { jobDeferred, jobHeld, jobMoved, jobSkipped, jobTooLate } from "../ledger-events.ts";
import { accountLimits, tooLateFailure } from "../ledger-rules.ts";
import { noteCause } from "./causes.ts";
import { mustRun, type Tx } from "./handle.ts";
import { factsOf, twinOf } from "./posts.ts";
import { change, holdJobsOf, move, putBack, refOf } from "./standing.ts";
import type { AccountRecord, CampaignRecord, DeviceRecord, JobRecord } from "./store.ts";

/** An account or a device busy in another campaign is looked at again after this long. */
const BUSY_ELSEWHERE = millis(300);

export type Search = {
  campaign: CampaignRecord;
  settings: RunSettings;
  device: string | null;
  phones: readonly string[] | undefined;
};
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
    if (isForAnother(search, job, account)) {
      passedOver.add(account);
      continue;
    }
    const limits = accountLimits(search.settings, account.settings);
    const wait = lookAt(tx, best, limits);
    if (wait === "go") return restOfPhone(tx, search) ?? { next: "found", job, account, limits };
    if (wait === null) continue;
    passedOver.add(account);
    waits.push(wait);
  }
}

export const isOut = ({ out }: DeviceRecord, now: Instant): boolean =>
  out !== null && (out.until === null || out.until > now);

/** By another attempt, or leased by another campaign's fleet. */
function isInUse({ store }: Tx, { campaign, device }: Search): boolean {
  if (device === null) return false;
  const lease = store.fleet.get(device)?.lease ?? null;
  return store.devices.has(device) || (lease !== null && lease.campaign !== campaign);
}

export function demandOf(tx: Tx, campaign: CampaignRecord): Demand {
  wakeDue(tx, campaign);
  const accounts = new Set<AccountRecord>();
  for (const { account, place, inScope } of campaign.pending) {
    if (place.state === "pending" && inScope && account !== null && account.inFlight === null) accounts.add(account);
  }
  const boundTo = new Map<string, number>();
  let anyPhone = 0;
  for (const { settings } of accounts) {
    if (settings.device === null) anyPhone++;
    else boundTo.set(settings.device, (boundTo.get(settings.device) ?? 0) + 1);
  }
  const rest = nothing(tx, { campaign }, []);
  const out = [...tx.store.fleet.values()]
    .filter((d) => isOut(d, tx.now))
    .map((d) => [d.id, d.out?.until ?? null] as const);
  return { anyPhone, boundTo, wakeAt: rest.next === "wait" ? rest.until : null, out: new Map(out) };
}

/** Asked only when there is a job: a phone without one is nothing to wait for. */
function restOfPhone(tx: Tx, search: Search): NoWork | null {
  const phone = search.device === null ? undefined : tx.store.fleet.get(search.device);
  if (phone?.out != null && isOut(phone, tx.now))
    return phone.out.until === null ? { next: "none" } : { next: "wait", until: phone.out.until, reason: "device_out" };
  return isInUse(tx, search) ? { next: "wait", until: later(tx.now, BUSY_ELSEWHERE), reason: "device_busy" } : null;
}

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

/** It failed here, and one of the other phones has not tried it. */
function isForAnother({ campaign, device, phones = [] }: Search, job: JobRecord, account: AccountRecord): boolean {
  if (device === null || phones.length < 2 || account.settings.device !== null) return false;
  const run = mustRun(campaign);
  const failedOn = new Set(
    job.attempts.filter((a) => a.run === run && a.state.phase === "failed").map((a) => a.device),
  );
  return failedOn.has(device) && phones.some((phone) => !failedOn.has(phone));
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
  const failure = tooLateFailure(job.spec.notAfter ?? now);
  const { category, cause, evidence } = failure;
  noteCause(tx, job, { failure, device: null });
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
  const event = jobMoved(refOf(job), { state: "held", by: "twin" }, null, null);
  if (event !== null) tx.emit(event, job.campaign);
  return true;
}

function nothing(tx: Tx, { campaign }: Pick<Search, "campaign">, waits: Wait[]): NoWork {
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
