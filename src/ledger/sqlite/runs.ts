import { createHash } from "node:crypto";
import type { Category } from "../../core/failure.ts";
import { attemptId, fence, instant, jobId, type PassNo, passNo, type RunId, runId } from "../../core/ids.ts";
import type { PassFacts, PassResult } from "../../core/pass.ts";
import type { Reached } from "../../core/poster-end.ts";
import type { RetryPolicy } from "../../core/retry.ts";
import type { RunSettings } from "../../core/settings.ts";
import { NO_STATS, type PassStats } from "../../core/tally.ts";
import type { Command, CommandType, Holder, OpenAttempt, OpenedRun, RunBook } from "../ledger.ts";
import { passSummary } from "../ledger-events.ts";
import { failedStanding, isTakenUp } from "../ledger-rules.ts";
import { type AttemptRow, openAttemptsOf } from "./attempts.ts";
import { dealJobs } from "./deal.ts";
import { takeAccounts } from "./intake.ts";
import { spentOf } from "./job-rows.ts";
import { postOf } from "./posts.ts";
import type { Scope } from "./scope.ts";
import { readCounts, readPasses } from "./standing.ts";
import type { Tx } from "./writer.ts";

type Start = { settings: RunSettings; holder: Holder; simulated: boolean };
type RunRow = { id: number; key: string; pass: number; settings: string; delay_until: number | null };

export function openRunBook(scope: Scope, ledgerId: string): RunBook {
  const current = () => {
    const run = scope.openRun();
    if (run === null) throw new Error(`campaign ${scope.name} has no open run`);
    return run;
  };
  return {
    open: (start) => scope.write((tx) => openRun(tx, scope, { start, ledgerId })),
    deal: (accounts) => scope.write((tx) => dealJobs(tx, scope, accounts)),
    openAttempts: async () => openAttemptsOf(scope.db, scope.find() ?? 0).map((row) => openAttempt(scope, row)),
    openPass: (maxPasses) => scope.write((tx) => openPass(tx, scope, maxPasses)),
    requeue: (policy) => scope.write((tx) => requeue(tx, scope, policy)),
    wake: () => scope.write((tx) => wake(tx, scope)),
    facts: async (policy, verifies) => readFacts(scope, policy, verifies),
    stats: async (pass) => readStats(scope, current().id, pass),
    closePass: (pass, result) => scope.write((tx) => closePass(tx, scope, { pass, result })),
    setDelay: (until) =>
      scope.write((tx) => void tx.db.run("UPDATE run SET delay_until = ? WHERE id = ?", until, current().id)),
    finish: (result, exitCode) => scope.write((tx) => finish(tx, scope, { result, exitCode })),
    record: (event) => scope.write((tx) => scope.emit(tx, event)),
    markStopping: () =>
      scope.write((tx) => void tx.db.run("UPDATE run SET is_stopping = 1 WHERE id = ?", scope.openRun()?.id ?? 0)),
    takeCommands: () => commands(scope),
  };
}

function openRun(tx: Tx, scope: Scope, { start, ledgerId }: { start: Start; ledgerId: string }): OpenedRun {
  const campaign = scope.ensure(tx);
  takeAccounts(tx, campaign, start.settings.knownAccounts);
  const open = tx.db.one<RunRow>(
    "SELECT id, key, pass, settings, delay_until FROM run WHERE campaign = ? AND is_open = 1",
    campaign,
  );
  const run = open === undefined ? beginRun(tx, { campaign, start, ledgerId }) : resumeRun(tx, open, start);
  applyScope(tx, campaign, start.settings);
  // limits may have changed with the flags: what a limit held back is looked at again
  tx.db.run(
    `UPDATE job SET state = 'pending', wake_at = NULL, wake_reason = NULL
     WHERE campaign = ? AND state = 'deferred' AND (wake_reason <> 'rate_limited' OR wake_at <= ?)`,
    campaign,
    tx.now,
  );
  tx.db.run("UPDATE lane SET ready = 1, wake_at = NULL WHERE campaign = ? AND ready = 0", campaign);
  const { total } = readCounts(tx.db, campaign);
  const { settings, holder, simulated } = start;
  const common = { campaign: scope.name, pid: holder.pid, workers: settings.workers, total, simulated };
  const of = { campaign, run: run.run };
  if (run.resumed) tx.emit(of, { type: "run.resumed", ...common, pass: run.pass });
  else tx.emit(of, { type: "run.started", ...common });
  return run;
}

function beginRun(
  tx: Tx,
  { campaign, start, ledgerId }: { campaign: number; start: Start; ledgerId: string },
): OpenedRun {
  const n = tx.db.one<{ n: number }>("SELECT count(*) AS n FROM run")?.n ?? 0;
  const key = newRunKey(tx.now, `${ledgerId}/${campaign}/${n}`);
  takeUp(tx, campaign, start.settings.retryAllFailed);
  tx.db.run(
    "INSERT INTO run (key, campaign, is_open, settings, holder, simulated, started_at) VALUES (?, ?, 1, ?, ?, ?, ?)",
    key,
    campaign,
    JSON.stringify(start.settings),
    JSON.stringify(start.holder),
    start.simulated ? 1 : 0,
    tx.now,
  );
  return { run: key, resumed: false, pass: 0, isPassOpen: false, delayUntil: null, before: null };
}

/** Short name of a run: when, and a few letters so that two ledgers' runs differ. */
function newRunKey(now: number, salt: string): RunId {
  const stamp = new Date(now).toISOString().replace(/[-:T]/g, "");
  const letters = createHash("sha1").update(`${salt}/${now}`).digest("hex").slice(0, 4);
  return runId(`${stamp.slice(0, 8)}-${stamp.slice(8, 14)}-${letters}`);
}

function resumeRun(tx: Tx, row: RunRow, { settings, holder }: Start): OpenedRun {
  tx.db.run(
    "UPDATE run SET settings = ?, holder = ?, is_paused = 0, is_stopping = 0, result = NULL, exit_code = NULL, ended_at = NULL WHERE id = ?",
    JSON.stringify(settings),
    JSON.stringify(holder),
    row.id,
  );
  // a setup failure may be mended now
  tx.db.run(
    "UPDATE job SET state = 'pending' WHERE campaign = (SELECT campaign FROM run WHERE id = ?) AND state = 'parked'",
    row.id,
  );
  const open = tx.db.one(
    "SELECT 1 AS x FROM pass WHERE run = ? AND number = ? AND closed_at IS NULL",
    row.id,
    row.pass,
  );
  return {
    run: runId(row.key),
    resumed: true,
    pass: row.pass,
    isPassOpen: open !== undefined,
    delayUntil: row.delay_until === null ? null : instant(row.delay_until),
    before: JSON.parse(row.settings) as RunSettings,
  };
}

type FailedGroup = { category: Category; imported: number };

/** Failures of earlier runs that a new run tries again, with fresh budgets (they are counted per run). */
function takeUp(tx: Tx, campaign: number, retryAllFailed: boolean): void {
  const groups = tx.db.all<FailedGroup>(
    "SELECT DISTINCT category, imported FROM job WHERE campaign = ? AND state = 'failed'",
    campaign,
  );
  for (const group of groups) {
    if (!isTakenUp({ category: group.category, isImported: group.imported === 1 }, retryAllFailed)) continue;
    tx.db.run(
      `UPDATE job SET state = 'pending', imported = 0, category = NULL, cause = NULL WHERE campaign = ? AND state = 'failed' AND category = ? AND imported = ?
       AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = job.account AND a.hold_cause IS NOT NULL)`,
      campaign,
      group.category,
      group.imported,
    );
  }
  tx.db.run("UPDATE job SET state = 'pending' WHERE campaign = ? AND state = 'parked'", campaign);
}

/** `--accounts`: jobs of others do not count for this run. */
function applyScope(tx: Tx, campaign: number, { accounts }: RunSettings): void {
  tx.db.run("UPDATE job SET in_scope = 1 WHERE campaign = ? AND in_scope = 0", campaign);
  if (accounts === null) return;
  tx.db.run(
    `UPDATE job SET in_scope = 0 WHERE campaign = ? AND account IS NOT NULL
     AND account NOT IN (SELECT id FROM account WHERE name IN (SELECT value FROM json_each(?)))`,
    campaign,
    JSON.stringify(accounts),
  );
}

function openAttempt(scope: Scope, row: AttemptRow): OpenAttempt {
  return {
    attempt: attemptId(row.key),
    fence: fence(row.fence),
    job: jobId(row.job_key),
    account: row.account_name,
    worker: row.worker,
    device: row.device,
    reached: reachedOf(scope, row),
    step: row.step,
    spent: spentOf(row, row.run),
    startedAt: instant(row.started_at),
  };
}

function reachedOf(scope: Scope, row: AttemptRow): Reached {
  if (row.phase === "publishing") return "publishing";
  return postOf(scope.db, row.id)?.state === "opaque" ? "opaque" : "before";
}

function openPass(tx: Tx, scope: Scope, maxPasses: number): PassNo {
  const run = scope.openRun();
  if (run === null) throw new Error("no open run");
  const isOpen =
    tx.db.one("SELECT 1 AS x FROM pass WHERE run = ? AND number = ? AND closed_at IS NULL", run.id, run.pass) !==
    undefined;
  const pass = passNo(isOpen ? run.pass : run.pass + 1);
  const { pending } = readCounts(tx.db, scope.find() ?? 0);
  if (!isOpen) {
    tx.db.run(
      "INSERT INTO pass (run, number, total_jobs, opened_at) VALUES (?, ?, ?, ?)",
      run.id,
      pass,
      pending,
      tx.now,
    );
    tx.db.run("UPDATE run SET pass = ?, delay_until = NULL WHERE id = ?", pass, run.id);
  }
  scope.emit(tx, { type: "pass.started", pass, max_passes: maxPasses, total_jobs: pending });
  return pass;
}

function requeue(tx: Tx, scope: Scope, policy: RetryPolicy): number {
  const campaign = scope.find() ?? 0;
  const run = scope.openRun()?.id ?? null;
  const isHeld = "EXISTS (SELECT 1 FROM account a WHERE a.id = job.account AND a.hold_cause IS NOT NULL)";
  tx.db.run(
    `UPDATE job SET state = CASE WHEN ${isHeld} THEN 'held' ELSE 'pending' END, held_by = CASE WHEN ${isHeld} THEN 'account' END, category = NULL, cause = NULL
     WHERE campaign = ?1 AND state = 'failed' AND in_scope = 1 AND imported = 0 AND spent_run = ?2
     AND ((category = 'infrastructure' AND spent_infrastructure <= ?3) OR (category = 'unknown' AND spent_unknown <= ?4))`,
    campaign,
    run,
    policy.infrastructure,
    policy.unknown,
  );
  tx.db.run("UPDATE job SET state = 'pending' WHERE campaign = ? AND state = 'parked'", campaign);
  return readCounts(tx.db, campaign).pending;
}

function wake(tx: Tx, scope: Scope): { woken: number; nextAt: ReturnType<typeof instant> | null } {
  const campaign = scope.find() ?? 0;
  const due =
    "UPDATE job SET state = 'pending', wake_at = NULL, wake_reason = NULL WHERE campaign = ? AND state = ? AND wake_at <= ?";
  const woken = tx.db.run(due, campaign, "waiting", tx.now) + tx.db.run(due, campaign, "deferred", tx.now);
  const next = tx.db.one<{ at: number | null }>(
    "SELECT min(wake_at) AS at FROM job WHERE campaign = ? AND state IN ('waiting', 'deferred') AND in_scope = 1",
    campaign,
  );
  return { woken, nextAt: next?.at == null ? null : instant(next.at) };
}

type Failed = FailedGroup & { infrastructure: number; unknown: number; held: number; n: number };

function readFacts(scope: Scope, policy: RetryPolicy, verifies: boolean): Omit<PassFacts, "stopAsked" | "halted"> {
  const campaign = scope.find() ?? 0;
  const run = scope.openRun()?.id ?? -1;
  const counts = readCounts(scope.db, campaign);
  const sums = { retryable: counts.pending, exhausted: 0, non_retryable: 0 };
  const groups = scope.db.all<Failed>(
    `SELECT category, imported, iif(spent_run = ?1, spent_infrastructure, 0) AS infrastructure, iif(spent_run = ?1, spent_unknown, 0) AS unknown,
       EXISTS (SELECT 1 FROM account a WHERE a.id = job.account AND a.hold_cause IS NOT NULL) AS held, count(*) AS n
     FROM job WHERE campaign = ?2 AND state = 'failed' AND in_scope = 1 GROUP BY 1, 2, 3, 4, 5`,
    run,
    campaign,
  );
  for (const g of groups) {
    const spent = { infrastructure: g.infrastructure, unknown: g.unknown, rateLimits: 0 };
    const job = { category: g.category, isImported: g.imported === 1, spent };
    sums[failedStanding(job, policy, g.held === 1)] += g.n;
  }
  const heldWithAccount = one(
    scope,
    "SELECT count(*) AS n FROM job WHERE campaign = ? AND state = 'held' AND held_by = 'account' AND in_scope = 1",
  );
  const settling = verifies
    ? one(
        scope,
        "SELECT count(*) AS n FROM job j JOIN post p ON p.attempt = j.last_attempt WHERE j.campaign = ? AND j.state = 'unconfirmed' AND p.look_at IS NOT NULL",
      )
    : 0;
  return {
    total: counts.total,
    retryable: sums.retryable,
    settling,
    exhausted: sums.exhausted,
    unconfirmed: counts.unconfirmed,
    nonRetryable: sums.non_retryable + heldWithAccount,
    deferred: counts.deferred,
    held: counts.held - heldWithAccount,
  };
}

function one(scope: Scope, sql: string): number {
  return scope.db.one<{ n: number }>(sql, scope.find() ?? 0)?.n ?? 0;
}

function readStats(scope: Scope, run: number, pass: PassNo): PassStats {
  const record = readPasses(scope.db, run).find((p) => p.pass_number === pass);
  if (record === undefined) return NO_STATS;
  const {
    pass_number: _,
    total_jobs: __,
    result: ___,
    started_at: ____,
    ended_at: _____,
    duration_ms: ______,
    ...stats
  } = record;
  return stats;
}

function closePass(tx: Tx, scope: Scope, { pass, result }: { pass: PassNo; result: PassResult }): void {
  const run = scope.openRun();
  if (run === null) return;
  tx.db.run(
    "UPDATE pass SET closed_at = ?, result = ? WHERE run = ? AND number = ? AND closed_at IS NULL",
    tx.now,
    result,
    run.id,
    pass,
  );
  const record = readPasses(tx.db, run.id).find((p) => p.pass_number === pass);
  if (record !== undefined) scope.emit(tx, passSummary(record));
}

function finish(tx: Tx, scope: Scope, { result, exitCode }: { result: PassResult; exitCode: number }) {
  const run = scope.openRun();
  if (run === null) throw new Error("no open run");
  const stays = result === "interrupted" || result === "halted";
  tx.db.run(
    "UPDATE run SET is_open = ?, ended_at = ?, result = ?, exit_code = ?, delay_until = iif(?, delay_until, NULL) WHERE id = ?",
    stays ? 1 : 0,
    tx.now,
    result,
    exitCode,
    stays ? 1 : 0,
    run.id,
  );
  const passes = readPasses(tx.db, run.id);
  const attempts = tx.db.one<{ attempts: number }>("SELECT attempts FROM run WHERE id = ?", run.id)?.attempts ?? 0;
  const event = {
    type: "run.finished" as const,
    campaign: scope.name,
    final_result: result,
    exit_code: exitCode,
    pass_count: passes.length,
    ...readCounts(tx.db, scope.find() ?? 0),
    attempts,
    pass_history: passes,
  };
  tx.emit({ campaign: scope.find(), run: run.key }, event);
  return event;
}

/** Asked several times a second: reads first, and writes only if there is something to take. */
async function commands(scope: Scope): Promise<Command[]> {
  const isNew =
    scope.db.one("SELECT 1 AS x FROM command WHERE campaign = ? AND taken_at IS NULL", scope.find() ?? 0) !== undefined;
  return isNew ? scope.write((tx) => takeCommands(tx, scope)) : [];
}

function takeCommands(tx: Tx, scope: Scope): Command[] {
  const rows = tx.db.all<{ type: CommandType; by: string }>(
    "UPDATE command SET taken_at = ? WHERE campaign = ? AND taken_at IS NULL RETURNING type, by",
    tx.now,
    scope.find() ?? 0,
  );
  for (const { type } of rows) {
    if (type === "pause" || type === "resume")
      tx.db.run("UPDATE run SET is_paused = ? WHERE id = ?", type === "pause" ? 1 : 0, scope.openRun()?.id ?? 0);
  }
  return rows.map((row) => ({ ...row }));
}
