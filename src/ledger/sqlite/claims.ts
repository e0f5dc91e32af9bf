import type { Claim, ClaimRef, GoAnswer, KnownMedia } from "../../core/claim.ts";
import { type AttemptId, attemptId, fence, type LocalDay, localDay } from "../../core/ids.ts";
import type { AccountLimits } from "../../core/limits.ts";
import type { NoGo } from "../../core/poster-end.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { ClaimAnswer, ClaimDesk, SlotInfo } from "../ledger.ts";
import { attemptPublishing, attemptStarted, attemptStep } from "../ledger-events.ts";
import { accountLimits, bestPeek, plainAccount } from "../ledger-rules.ts";
import { type AttemptRow, attemptByKey, isCurrent, refOf } from "./attempts.ts";
import type { Database } from "./database.ts";
import { demandOf, type Found, findEligible, openSearch, type Search, waitForDevice } from "./eligible.ts";
import { captionHash, specOf, spentOf } from "./job-rows.ts";
import { type Days, dayFor, findTwin, knownMedia, postsOn, rememberMedia, writeIntent } from "./posts.ts";
import type { Scope } from "./scope.ts";
import { settle } from "./settle.ts";
import { UnreadPosts } from "./unread-posts.ts";
import type { Tx } from "./writer.ts";

export function openClaimDesk(scope: Scope): ClaimDesk {
  const { files } = scope.deps;
  const unread = files === undefined ? null : new UnreadPosts(scope.db, files);
  return {
    peek: (settings, devices, phones) =>
      scope.write((tx) =>
        bestPeek(devices, (device) => {
          const search = openSearch(scope, settings, { device, phones });
          return search === null ? { next: "none" } : findEligible(tx, search);
        }),
      ),
    demand: () => scope.write((tx) => demandOf(tx, scope.find())),
    claim: (slot, settings) =>
      scope.write((tx) => {
        const search = openSearch(scope, settings, slot);
        return search === null ? { next: "none" } : claimBest(tx, search, slot);
      }),
    async recordMedia(ref, media) {
      const alike = unread === null ? [] : await readAlike(scope.db, unread, { ref, media });
      return scope.write((tx) => {
        for (const other of alike) rememberMedia(tx.db, other.path, other.media);
        return recordMedia(tx, scope, { ref, media });
      });
    },
    spoke: (ref) => scope.write((tx) => withdraw(tx, ref), "lazy"),
    step: (ref, name) => scope.write((tx) => noteStep(tx, scope, { ref, name }), "lazy"),
    markPublishing: (ref, { baseline }, settings) =>
      scope.write((tx) => markPublishing(tx, scope, { ref, baseline, settings })),
    settle: (ref, settlement) => scope.write((tx) => settle(tx, scope, { ref, settlement })),
  };
}

function claimBest(tx: Tx, search: Search, slot: SlotInfo): ClaimAnswer {
  if (slot.device !== null && isInUse(tx, search, slot.device)) return waitForDevice(tx, search);
  const found = findEligible(tx, search);
  return found.next === "found" ? { next: "claimed", claim: take(tx, search, { found, slot }) } : found;
}

/** By another attempt, or leased by another campaign's fleet. */
function isInUse({ db }: Tx, { campaign }: Search, device: string): boolean {
  const lease = db.one<{ campaign: number; attempt: number | null }>(
    "SELECT campaign, attempt FROM device_lease WHERE device = ?",
    device,
  );
  return lease !== undefined && (lease.campaign !== campaign || lease.attempt !== null);
}

type Taking = { found: Found; slot: SlotInfo };

function take(tx: Tx, search: Search, { found, slot }: Taking): Claim {
  const { job, day, media } = found;
  const claim: Claim = {
    attempt: nextAttemptKey(tx, search),
    fence: fence(job.fence + 1),
    run: search.run.key,
    pass: search.pass,
    job: { ...specOf(job), account: job.account_name },
    worker: slot.worker,
    device: slot.device,
    spent: spentOf(job, search.run.id),
    startedAt: tx.now,
    media,
    opaque: slot.asOpaque && media !== null,
  };
  const attempt = writeClaim(tx, search, { claim, found, slot });
  if (claim.opaque) {
    const ids = { run: search.run.id, job: job.id, account: job.account, attempt, day };
    writeIntent(tx.db, intentOf(claim, ids), "opaque", tx.now);
  }
  search.scope.emit(tx, attemptStarted(claim));
  return claim;
}

function nextAttemptKey({ db }: Tx, { run }: Search): AttemptId {
  const row = db.one<{ attempts: number }>(
    "UPDATE run SET attempts = attempts + 1 WHERE id = ? RETURNING attempts",
    run.id,
  );
  return attemptId(`${run.key}.${row?.attempts ?? 0}`);
}

/** @returns the attempt's row */
function writeClaim({ db, now }: Tx, search: Search, { claim, found, slot }: Taking & { claim: Claim }): number {
  const { job, day } = found;
  const { campaign, run } = search;
  const attempt = db.insert(
    `INSERT INTO attempt (key, run, pass, job, account, worker, device, fence, phase, step, as_opaque, day, started_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', 'starting', ?, ?, ?)`,
    claim.attempt,
    run.id,
    claim.pass,
    job.id,
    job.account,
    slot.worker,
    slot.device,
    claim.fence,
    slot.asOpaque ? 1 : 0,
    day,
    now,
  );
  db.run(
    "UPDATE job SET state = 'claimed', category = NULL, cause = NULL, fence = ?, last_attempt = ?, attempts = attempts + 1 WHERE id = ?",
    claim.fence,
    attempt,
    job.id,
  );
  db.run(
    "INSERT INTO account_lease (account, campaign, attempt, taken_at) VALUES (?, ?, ?, ?)",
    job.account,
    campaign,
    attempt,
    now,
  );
  if (slot.device !== null) {
    db.run(
      `INSERT INTO device_lease (device, campaign, attempt, taken_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (device) DO UPDATE SET attempt = excluded.attempt`,
      slot.device,
      campaign,
      attempt,
      now,
    );
  }
  db.run("UPDATE lane SET ready = 0, wake_at = NULL WHERE campaign = ? AND account = ?", campaign, job.account);
  return attempt;
}

type Ids = { run: number; job: number; account: number; attempt: number; day: string };

function intentOf(claim: Claim, ids: Ids) {
  return {
    ...ids,
    day: localDay(ids.day),
    pass: claim.pass,
    media: claim.job.media,
    hash: claim.media?.hash ?? null,
    captionHash: captionHash(claim.job.caption),
    device: claim.device,
    isRepost: claim.job.allowRepost,
    baseline: null,
  };
}

/** Aside from the write: files are read. */
async function readAlike(db: Database, unread: UnreadPosts, { ref, media }: { ref: ClaimRef; media: KnownMedia }) {
  const of = db.one<{ account: number }>("SELECT account FROM attempt WHERE key = ?", ref.attempt);
  return of === undefined ? [] : unread.readAlike(of.account, media);
}

function recordMedia(tx: Tx, scope: Scope, { ref, media }: { ref: ClaimRef; media: KnownMedia }): GoAnswer {
  const row = attemptByKey(tx.db, ref.attempt);
  if (row === undefined || !isCurrent(row, ref)) return { go: false, reason: "fenced" };
  rememberMedia(tx.db, row.media, media);
  if (row.hold_cause !== null) return { go: false, reason: "account_held" };
  const against = twinOf(tx, row, media.hash);
  if (against !== null) return { go: false, reason: against };
  return row.as_opaque === 1 ? writeOpaque(tx, scope, { row, hash: media.hash }) : { go: true };
}

/** A silent poster says nothing before its post: it is now that its intent begins. */
function writeOpaque(tx: Tx, scope: Scope, { row, hash }: { row: AttemptRow; hash: string }): GoAnswer {
  const run = tx.db.one<{ settings: string }>("SELECT settings FROM run WHERE id = ?", row.run);
  if (run === undefined) throw new Error(`attempt ${row.key} has no run`);
  const turn = turnOf(tx, scope, { row, ...limitsOf(row, JSON.parse(run.settings) as RunSettings) });
  if (!turn.go) return turn;
  writeIntent(tx.db, rowIntent(row, { hash, baseline: null, day: turn.day }), "opaque", tx.now);
  return { go: true };
}

type Turn = Extract<GoAnswer, { go: false }> | { go: true; day: LocalDay };

/** Whether an intent may begin now, as far as the clock goes, and the day that it counts for. */
function turnOf(
  tx: Tx,
  scope: Scope,
  { row, daily, zone }: { row: AttemptRow } & Pick<AccountLimits, "daily" | "zone">,
): Turn {
  if (row.not_after !== null && tx.now > row.not_after) return { go: false, reason: "too_late" };
  const days = { zone, calendar: scope.deps.calendar };
  const day = dayFor(tx.db, row.account, { now: tx.now, ...days });
  return isFull(tx, row, { day, days, daily }) ? { go: false, reason: "limit" } : { go: true, day };
}

function rowIntent(row: AttemptRow, more: { hash: string | null; baseline: string | null; day: LocalDay }) {
  return {
    run: row.run,
    job: row.job,
    account: row.account,
    attempt: row.id,
    day: more.day,
    pass: row.pass,
    media: row.media,
    hash: more.hash,
    captionHash: captionHash(row.caption),
    device: row.device,
    isRepost: row.allow_repost === 1,
    baseline: more.baseline,
  };
}

function twinOf(tx: Tx, row: AttemptRow, hash: string | null): NoGo | null {
  if (isPostedAlready(tx.db, row)) return "duplicate";
  if (row.allow_repost === 1) return null;
  return findTwin(tx.db, { account: row.account, media: row.media, hash, attempt: row.id });
}

/** An earlier attempt of this very job came home late as posted: no repost is meant by that. */
function isPostedAlready(db: Database, row: AttemptRow): boolean {
  return (
    db.one("SELECT 1 AS x FROM post WHERE job = ? AND state = 'posted' AND attempt IS NOT ?", row.job, row.id) !==
    undefined
  );
}

/** The intent that stood for a silent poster is gone as soon as it speaks: it will ask. */
function withdraw(tx: Tx, ref: ClaimRef): void {
  tx.db.run(
    "UPDATE post SET state = 'void' WHERE state = 'opaque' AND attempt = (SELECT id FROM attempt WHERE key = ? AND fence = ?)",
    ref.attempt,
    ref.fence,
  );
}

function noteStep(tx: Tx, scope: Scope, { ref, name }: { ref: ClaimRef; name: string }): void {
  const changed = tx.db.run(
    "UPDATE attempt SET step = ? WHERE key = ? AND fence = ? AND phase = 'running'",
    name,
    ref.attempt,
    ref.fence,
  );
  const row = changed === 0 ? undefined : attemptByKey(tx.db, ref.attempt);
  if (row !== undefined) scope.emit(tx, attemptStep(refOf(row), name));
}

type Publishing = { ref: ClaimRef; baseline: string | null; settings: RunSettings };

function markPublishing(tx: Tx, scope: Scope, { ref, baseline, settings }: Publishing): GoAnswer {
  const row = attemptByKey(tx.db, ref.attempt);
  // one go an attempt: a second question is somebody else's
  if (row === undefined || !isCurrent(row, ref) || row.phase !== "running") return { go: false, reason: "fenced" };
  if (row.hold_cause !== null) return { go: false, reason: "account_held" };
  const turn = turnOf(tx, scope, { row, ...limitsOf(row, settings) });
  if (!turn.go) return turn;
  const { day } = turn;
  const hash = settings.poster.kind === "simulated" ? null : (knownMedia(tx.db, row.media)?.hash ?? null);
  const against = twinOf(tx, row, hash);
  if (against !== null) return { go: false, reason: against };
  writeIntent(tx.db, rowIntent(row, { hash, baseline, day }), "open", tx.now);
  tx.db.run("UPDATE attempt SET phase = 'publishing', step = 'publishing', day = ? WHERE id = ?", day, row.id);
  scope.emit(tx, attemptPublishing(refOf(row)));
  return { go: true };
}

/** As the claim reckoned them: where the two differ, a job is claimed and refused for ever. */
function limitsOf({ account_name, platform, timezone, daily_limit }: AttemptRow, settings: RunSettings): AccountLimits {
  const stored = { ...plainAccount(account_name, platform), timezone, dailyLimit: daily_limit };
  return accountLimits(settings, stored);
}

function isFull(tx: Tx, row: AttemptRow, { day, days, daily }: { day: LocalDay; days: Days; daily: number }): boolean {
  if (daily === 0) return false;
  const own =
    tx.db.one<{ n: number }>(
      "SELECT count(*) AS n FROM post WHERE attempt = ? AND day = ? AND state <> 'void'",
      row.id,
      day,
    )?.n ?? 0;
  return postsOn(tx.db, row.account, day, days) - own >= daily;
}
