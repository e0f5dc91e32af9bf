// Finds the best job that may be attempted now. On the way it defers, holds, skips and fails what it finds not eligible, so that
// nothing is looked at twice: each step of the search is one lane (an account with its best pending job).

import type { KnownMedia } from "../../core/claim.ts";
import { type Instant, instant, jobId, type LocalDay, type PassNo, passNo, type RunId, runId } from "../../core/ids.ts";
import { decideEligibility, type Eligibility, earliest } from "../../core/limits.ts";
import type { NoGo } from "../../core/poster-end.ts";
import type { AccountSettings, RunSettings } from "../../core/settings.ts";
import type { Demand, NoWork } from "../ledger.ts";
import { jobDeferred, jobHeld, jobSkipped, jobTooLate } from "../ledger-events.ts";
import { accountLimits, plainAccount, tooLateFailure } from "../ledger-rules.ts";
import { noteCause } from "./causes.ts";
import { SPEC_COLUMNS, type SpecRow, type SpentRow } from "./job-rows.ts";
import { IS_WAITING } from "./partial.ts";
import { dayFor, findTwin, knownMedia, lastPostAt, postsOn, trustedHash } from "./posts.ts";
import type { Scope } from "./scope.ts";
import { isWholeSql, wholeOnly } from "./seals.ts";
import { hasUnreadPosts } from "./unread-posts.ts";
import type { Tx } from "./writer.ts";

/** What one search works with. */
export type Search = {
  scope: Scope;
  campaign: number;
  run: { id: number; key: RunId };
  pass: PassNo;
  settings: RunSettings;
  /** Of the slot that asks; `null` = none, or anybody. */
  device: string | null;
  /** Phones that a job may be left to which has failed on this one; none = it is not. */
  phones: readonly string[];
};

type CandidateJob = SpecRow & SpentRow & { id: number; account: number; fence: number; account_name: string };
export type Found = {
  next: "found";
  job: CandidateJob;
  day: LocalDay;
  /** Remembered of its media; `null` where it has to be read anew. */
  media: KnownMedia | null;
};

type AccountRow = {
  id: number;
  timezone: string | null;
  daily_limit: number | null;
  window_from: number | null;
  window_to: number | null;
  hold_cause: string | null;
};

/** Steps of one search; a longer one goes on in the next transaction. */
const STEPS = 50;
/** Jobs of one account moved at once. */
const SHEAF = 200;
/** An account or device busy in another campaign is looked at again after this long. */
const BUSY_ELSEWHERE_MS = 300;

type Asking = { device: string | null; phones?: readonly string[] | undefined };

export function openSearch(scope: Scope, settings: RunSettings, { device, phones = [] }: Asking): Search | null {
  const campaign = scope.find();
  const run = scope.openRun();
  if (campaign === null || run === null) return null;
  return {
    scope,
    campaign,
    run: { id: run.id, key: runId(run.key) },
    pass: passNo(Math.max(1, run.pass)),
    settings,
    device,
    phones: phones.length > 1 ? phones : [],
  };
}

/** Looks at lanes, best first, until one holds a job to attempt. */
export function findEligible(tx: Tx, search: Search): Found | NoWork {
  wakeDue(tx, search);
  for (let step = 0; step < STEPS; step++) {
    const lane = bestLane(tx, search);
    if (lane === undefined) return nothingReady(tx, search);
    const found = lookAt(tx, search, lane);
    // asked only when there is a job: a phone without one is nothing to wait for
    if (found !== null) return restOfOut(tx, search.device) ?? found;
  }
  return { next: "wait", until: tx.now, reason: "still looking" };
}

/** What a slot whose device is busy in another campaign may wait for. */
export function waitForDevice(tx: Tx, search: Search): NoWork {
  const found = findEligible(tx, search);
  if (found.next !== "found") return found;
  return { next: "wait", until: instant(tx.now + BUSY_ELSEWHERE_MS), reason: "device in use" };
}

type Lane = { account: number; head: number; priority: number };

/** The best free lane that this slot's device may serve: any, or one bound to the device. Without devices bindings do not matter. */
function bestLane(tx: Tx, search: Search): Lane | undefined {
  const { campaign, device } = search;
  const order = "ORDER BY priority DESC, head LIMIT 1";
  const columns = "SELECT account, head, priority FROM lane WHERE campaign = ?";
  if (device === null) return tx.db.one<Lane>(`${columns} AND ready = 1 ${order}`, campaign);
  const free =
    search.phones.length > 0
      ? bestUnfailedLane(tx, search, device)
      : tx.db.one<Lane>(`${columns} AND device IS NULL AND ready = 1 ${order}`, campaign);
  const bound = tx.db.one<Lane>(`${columns} AND device = ? AND ready = 1 ${order}`, campaign, device);
  if (free === undefined || bound === undefined) return free ?? bound;
  const isFreeBetter = free.priority > bound.priority || (free.priority === bound.priority && free.head < bound.head);
  return isFreeBetter ? free : bound;
}

/** As `bestLane`, less the jobs that failed on this phone and may be tried on one of the others that they have not failed on. */
function bestUnfailedLane(tx: Tx, { campaign, run, phones }: Search, device: string): Lane | undefined {
  return tx.db.one<Lane>(
    `SELECT account, head, priority FROM lane WHERE campaign = ?1 AND device IS NULL AND ready = 1
     AND (
       NOT EXISTS (SELECT 1 FROM attempt WHERE job = head AND run = ?2 AND phase = 'failed' AND device = ?3)
       OR NOT EXISTS (
         SELECT 1 FROM json_each(?4) p
         WHERE p.value NOT IN (SELECT device FROM attempt WHERE job = head AND run = ?2 AND phase = 'failed' AND device IS NOT NULL)
       )
     )
     ORDER BY priority DESC, head LIMIT 1`,
    campaign,
    run.id,
    device,
    JSON.stringify(phones),
  );
}

export function demandOf(tx: Tx, campaign: number | null): Demand {
  if (campaign === null) return { anyPhone: 0, boundTo: new Map(), wakeAt: null, out: new Map() };
  wakeDue(tx, { campaign });
  const rows = tx.db.all<{ device: string | null; n: number }>(
    "SELECT device, count(*) AS n FROM lane INDEXED BY lane_device WHERE campaign = ? AND ready = 1 GROUP BY device",
    campaign,
  );
  const boundTo = new Map(rows.flatMap(({ device, n }) => (device === null ? [] : [[device, n] as const])));
  const outs = tx.db.all<{ id: string; out_until: number | null }>(
    `SELECT id, out_until FROM device WHERE ${IS_OUT}`,
    tx.now,
  );
  const rest = nothingReady(tx, { campaign });
  return {
    anyPhone: rows.find(({ device }) => device === null)?.n ?? 0,
    boundTo,
    wakeAt: rest.next === "wait" ? rest.until : null,
    out: new Map(outs.map((o) => [o.id, o.out_until === null ? null : instant(o.out_until)])),
  };
}

/** For a `now`. */
export const IS_OUT = "out_since IS NOT NULL AND (out_until IS NULL OR out_until > ?)";

/** A phone that is taken out gets no job. `null`: it is not. */
function restOfOut(tx: Tx, device: string | null): NoWork | null {
  if (device === null) return null;
  const out = tx.db.one<{ out_until: number | null }>(
    `SELECT out_until FROM device WHERE id = ? AND ${IS_OUT}`,
    device,
    tx.now,
  );
  if (out === undefined) return null;
  if (out.out_until === null) return { next: "none" };
  return { next: "wait", until: instant(out.out_until), reason: "device taken out" };
}

function wakeDue(tx: Tx, { campaign }: Pick<Search, "campaign">): void {
  tx.db.run(
    "UPDATE lane SET ready = 1, wake_at = NULL WHERE campaign = ? AND ready = 0 AND wake_at <= ?",
    campaign,
    tx.now,
  );
  for (const state of ["waiting", "deferred"]) {
    tx.db.run(
      `UPDATE job SET state = 'pending', wake_at = NULL, wake_reason = NULL
       WHERE id IN (SELECT id FROM job WHERE campaign = ? AND ${IS_WAITING} AND state = '${state}' AND wake_at <= ? LIMIT ${SHEAF})`,
      campaign,
      tx.now,
    );
  }
}

function nothingReady(tx: Tx, { campaign }: Pick<Search, "campaign">): NoWork {
  const at = (sql: string) => {
    const row = tx.db.one<{ at: number | null }>(sql, campaign);
    return row?.at == null ? null : instant(row.at);
  };
  const lane = at("SELECT min(wake_at) AS at FROM lane WHERE campaign = ? AND ready = 0 AND wake_at IS NOT NULL");
  const job = at(
    `SELECT min(wake_at) AS at FROM job WHERE campaign = ? AND ${IS_WAITING} AND state = 'waiting' AND in_scope = 1`,
  );
  const until = earliest(lane, job);
  return until === null
    ? { next: "none" }
    : { next: "wait", until, reason: until === job ? "rate_limited" : "min_gap" };
}

/** `null`: this lane is settled for now, look at the next. */
function lookAt(tx: Tx, search: Search, lane: { account: number; head: number }): Found | null {
  const job = tx.db.one<CandidateJob & { is_whole: number }>(
    `SELECT ${isWholeSql("job", "j")} AS is_whole, j.id, j.account, j.fence, j.spent_run, j.spent_infrastructure, j.spent_unknown, j.spent_rate, ${SPEC_COLUMNS}
     FROM job j JOIN account a ON a.id = j.account WHERE j.id = ?`,
    lane.head,
  );
  if (job === undefined) throw new Error(`lane of account ${lane.account} points at no job`);
  wholeOnly(job, `job ${job.key}`);
  const { verdict, day } = judge(tx, search, job);
  switch (verdict.next) {
    case "hold":
      holdSheaf(tx, search, job.account);
      return null;
    case "defer":
      if (verdict.reason === "not_before") deferJobs(tx, search, [job.id], verdict);
      else deferJobs(tx, search, sheafOf(tx, search, job.account), verdict);
      return null;
    case "wait":
      if (!leftOut(tx, search, job)) sleepLane(tx, search, job.account, verdict.until);
      return null;
    case "too_late":
      failTooLate(tx, search, job);
      return null;
    case "go":
      return takeIfFree(tx, search, { job, day });
  }
}

function judge(tx: Tx, { settings, scope }: Search, job: CandidateJob): { verdict: Eligibility; day: LocalDay } {
  const account = tx.db.one<AccountRow>(
    "SELECT id, timezone, daily_limit, window_from, window_to, hold_cause FROM account WHERE id = ?",
    job.account,
  );
  if (account === undefined) throw new Error(`job ${job.key} has no account`);
  const { calendar } = scope.deps;
  const limits = accountLimits(settings, storedSettings(job, account));
  const days = { zone: limits.zone, calendar };
  const day = dayFor(tx.db, job.account, { now: tx.now, ...days });
  const facts = {
    isHeld: account.hold_cause !== null,
    postsToday: limits.daily === 0 ? 0 : postsOn(tx.db, job.account, day, days),
    lastPostAt: limits.minGapMs === 0 ? null : lastPostAt(tx.db, job.account),
  };
  const times = {
    notBefore: job.not_before === null ? null : instant(job.not_before),
    notAfter: job.not_after === null ? null : instant(job.not_after),
  };
  return { verdict: decideEligibility(tx.now, times, facts, { limits, calendar }), day };
}

function storedSettings(job: CandidateJob, row: AccountRow): AccountSettings {
  const window =
    row.window_from === null || row.window_to === null ? null : { from: row.window_from, to: row.window_to };
  return {
    ...plainAccount(job.account_name, job.platform),
    timezone: row.timezone,
    dailyLimit: row.daily_limit,
    window,
  };
}

function takeIfFree(tx: Tx, search: Search, { job, day }: { job: CandidateJob; day: LocalDay }): Found | null {
  if (tx.db.one("SELECT 1 AS x FROM account_lease WHERE account = ?", job.account) !== undefined) {
    sleepLane(tx, search, job.account, instant(tx.now + BUSY_ELSEWHERE_MS));
    return null;
  }
  const { against, media } = standsAgainst(tx, search, job);
  if (against === null) return { next: "found", job, day, media };
  leaveOut(tx, search, { job, against });
  return null;
}

/** Whether it repeats a post: then there is nothing to wait for. */
function leftOut(tx: Tx, search: Search, job: CandidateJob): boolean {
  const { against } = standsAgainst(tx, search, job);
  if (against === null) return false;
  leaveOut(tx, search, { job, against });
  return true;
}

type Standing = { against: NoGo | null; media: KnownMedia | null };

function standsAgainst(tx: Tx, { settings, scope }: Search, job: CandidateJob): Standing {
  const media = settings.poster.kind === "simulated" ? null : knownMedia(tx.db, job.media);
  if (job.allow_repost === 1) return { against: null, media };
  const hash = media?.hash ?? null;
  const against = findTwin(tx.db, { account: job.account, media: job.media, hash, attempt: null });
  // told again by the worker, so that posts of an earlier program that may be the same file are read before its go
  if (against === null && scope.deps.files !== undefined && hasUnreadPosts(tx.db, job.account))
    return { against, media: null };
  if (against === null || media === null) return { against, media };
  // the remembered hash may be of an earlier file of this name: then the worker reads the file and asks again
  return trustedHash(job.media, media) === null ? { against: null, media: null } : { against, media };
}

function leaveOut(tx: Tx, { scope }: Search, { job, against }: { job: CandidateJob; against: NoGo }): void {
  const ref = { job: jobId(job.key), account: job.account_name };
  if (against === "duplicate") {
    tx.db.run("UPDATE job SET state = 'skipped', wake_reason = 'duplicate' WHERE id = ?", job.id);
    scope.emit(tx, jobSkipped(ref, "duplicate"));
    return;
  }
  tx.db.run("UPDATE job SET state = 'held', held_by = 'twin' WHERE id = ?", job.id);
  scope.emit(tx, jobHeld(ref, "twin", "the same post of this account is still unsettled"));
}

function sleepLane(tx: Tx, { campaign }: Search, account: number, until: Instant): void {
  tx.db.run("UPDATE lane SET ready = 0, wake_at = ? WHERE campaign = ? AND account = ?", until, campaign, account);
}

function sheafOf(tx: Tx, { campaign }: Search, account: number): number[] {
  return tx.db
    .all<{ id: number }>(
      "SELECT id FROM job WHERE campaign = ? AND account = ? AND state = 'pending' AND in_scope = 1 ORDER BY priority DESC, id LIMIT ?",
      campaign,
      account,
      SHEAF,
    )
    .map((row) => row.id);
}

function deferJobs(tx: Tx, { scope }: Search, jobs: readonly number[], why: { until: Instant; reason: string }): void {
  // last first: the lane's head leaves once, not once a job
  const moved = jobs.toReversed().map((id) =>
    tx.db.one<{ key: string; name: string | null }>(
      `UPDATE job SET state = 'deferred', wake_at = ?, wake_reason = ? WHERE id = ?
       RETURNING key, (SELECT name FROM account WHERE id = job.account) AS name`,
      why.until,
      why.reason,
      id,
    ),
  );
  for (const row of moved.toReversed()) {
    if (row === undefined) continue;
    scope.emit(tx, jobDeferred({ job: jobId(row.key), account: row.name }, why.until, why.reason));
  }
}

function holdSheaf(tx: Tx, search: Search, account: number): void {
  for (const id of sheafOf(tx, search, account).toReversed()) {
    const row = tx.db.one<{ key: string; name: string | null; cause: string | null }>(
      `UPDATE job SET state = 'held', held_by = 'account' WHERE id = ?
       RETURNING key, (SELECT name FROM account WHERE id = job.account) AS name, (SELECT hold_cause FROM account WHERE id = job.account) AS cause`,
      id,
    );
    if (row !== undefined)
      search.scope.emit(tx, jobHeld({ job: jobId(row.key), account: row.name }, "account", row.cause ?? "held"));
  }
}

function failTooLate(tx: Tx, { scope, campaign, run }: Search, job: CandidateJob): void {
  const { category, cause: word, ...judged } = tooLateFailure(instant(job.not_after ?? tx.now));
  const cause = noteCause(tx, {
    campaign,
    failure: { ...judged, category, cause: word },
    job,
    account: { id: job.account, name: job.account_name },
    device: null,
    run: run.key,
  });
  const sql = "UPDATE job SET state = 'failed', category = ?, cause = ?, last_cause = ? WHERE id = ?";
  tx.db.run(sql, category, word, cause.row, job.id);
  scope.emit(tx, jobTooLate({ job: jobId(job.key), account: job.account_name }));
}
