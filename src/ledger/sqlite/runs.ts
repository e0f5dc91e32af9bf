import { attemptId, fence, instant, jobId, type PassNo, passNo } from "../../core/ids.ts";
import type { PassResult } from "../../core/pass.ts";
import type { Reached } from "../../core/poster-end.ts";
import type { RetryPolicy } from "../../core/retry.ts";
import type { RunSettings } from "../../core/settings.ts";
import { NO_STATS, type PassStats } from "../../core/tally.ts";
import type { Command, CommandType, OpenAttempt, PassWait, RunBook } from "../ledger.ts";
import { causeSummary, passSummary } from "../ledger-events.ts";
import { SUMMED_UP } from "../ledger-rules.ts";
import { type AttemptRow, openAttemptsOf } from "./attempts.ts";
import { readCauses } from "./causes.ts";
import { dealJobs } from "./deal.ts";
import { countUndealt, readFacts } from "./facts.ts";
import { spentOf } from "./job-rows.ts";
import { openRun } from "./open-run.ts";
import { IS_WAITING } from "./partial.ts";
import { postOf } from "./posts.ts";
import type { Scope } from "./scope.ts";
import { readCounts, readPasses } from "./standing.ts";
import { uncharge } from "./uncharge.ts";
import type { Tx } from "./writer.ts";

export function openRunBook(scope: Scope, ledgerId: string): RunBook {
  const current = () => {
    const run = scope.openRun();
    if (run === null) throw new Error(`campaign ${scope.name} has no open run`);
    return run;
  };
  return {
    open: (start) => scope.write((tx) => openRun(tx, scope, { start, ledgerId })),
    reign: () => scope.writer.reign((tx) => scope.ensure(tx), scope.name),
    reigns: async () => scope.writer.lostReign() === null,
    settings: async () => lastSettings(scope),
    deal: (accounts) => scope.write((tx) => dealJobs(tx, scope, accounts)),
    openAttempts: async () => openAttemptsOf(scope.db, scope.find() ?? 0).map((row) => openAttempt(scope, row)),
    openPass: (maxPasses) => scope.write((tx) => openPass(tx, scope, maxPasses)),
    requeue: (policy) => scope.write((tx) => requeue(tx, scope, policy)),
    wake: () => scope.write((tx) => wake(tx, scope)),
    facts: async (policy, verifies) => readFacts(scope, policy, verifies),
    stats: async (pass) => readStats(scope, current().id, pass),
    closePass: (pass, result, wait) => scope.write((tx) => closePass(tx, scope, { pass, result, wait })),
    setDelay: (wait) => scope.write((tx) => setDelay(tx, current().id, wait)),
    countFrom: (pass) =>
      scope.write((tx) => void tx.db.run("UPDATE run SET base = ? WHERE id = ?", pass, current().id)),
    finish: (result, exitCode) => scope.write((tx) => finish(tx, scope, { result, exitCode })),
    uncharge: (attempts, event) => scope.write((tx) => uncharge(tx, scope, { attempts, event })),
    record: (event) => scope.write((tx) => scope.emit(tx, event)),
    markStopping: () =>
      scope.write((tx) => void tx.db.run("UPDATE run SET is_stopping = 1 WHERE id = ?", scope.openRun()?.id ?? 0)),
    takeCommands: () => commands(scope),
  };
}

function lastSettings(scope: Scope): RunSettings | null {
  const sql = "SELECT settings FROM run WHERE campaign = ? ORDER BY id DESC LIMIT 1";
  const row = scope.db.one<{ settings: string }>(sql, scope.find());
  return row === undefined ? null : (JSON.parse(row.settings) as RunSettings);
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
  const campaign = scope.find() ?? 0;
  const pending = readCounts(tx.db, campaign).pending - countUndealt(tx.db, campaign);
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
  // a look may have found absent what an earlier run left unconfirmed: here it has spent nothing yet
  const spentHere = (counter: string) => `iif(spent_run = ?2, spent_${counter}, 0)`;
  tx.db.run(
    `UPDATE job SET state = CASE WHEN ${isHeld} THEN 'held' ELSE 'pending' END, held_by = CASE WHEN ${isHeld} THEN 'account' END, category = NULL, cause = NULL
     WHERE campaign = ?1 AND state = 'failed' AND in_scope = 1 AND imported = 0
     AND ((category = 'infrastructure' AND ${spentHere("infrastructure")} <= ?3) OR (category = 'unknown' AND ${spentHere("unknown")} <= ?4))`,
    campaign,
    run,
    policy.infrastructure,
    policy.unknown,
  );
  tx.db.run("UPDATE job SET state = 'pending' WHERE campaign = ? AND state = 'parked'", campaign);
  wake(tx, scope);
  return readCounts(tx.db, campaign).pending - countUndealt(tx.db, campaign);
}

function wake(tx: Tx, scope: Scope): { woken: number; nextAt: ReturnType<typeof instant> | null } {
  const campaign = scope.find() ?? 0;
  const due = (state: "waiting" | "deferred") =>
    `UPDATE job SET state = 'pending', wake_at = NULL, wake_reason = NULL WHERE campaign = ? AND ${IS_WAITING} AND state = '${state}' AND wake_at <= ?`;
  const woken = tx.db.run(due("waiting"), campaign, tx.now) + tx.db.run(due("deferred"), campaign, tx.now);
  const next = tx.db.one<{ at: number | null }>(
    "SELECT min(wake_at) AS at FROM job WHERE campaign = ? AND state IN ('waiting', 'deferred') AND in_scope = 1",
    campaign,
  );
  return { woken, nextAt: next?.at == null ? null : instant(next.at) };
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

function setDelay(tx: Tx, run: number, wait: PassWait | null): void {
  const { until, reason } = wait ?? { until: null, reason: null };
  tx.db.run("UPDATE run SET delay_until = ?, delay_reason = ? WHERE id = ?", until, reason, run);
}

type Closing = { pass: PassNo; result: PassResult; wait: PassWait | undefined };

function closePass(tx: Tx, scope: Scope, { pass, result, wait }: Closing): void {
  const run = scope.openRun();
  if (run === null) return;
  const sql = "UPDATE pass SET closed_at = ?, result = ? WHERE run = ? AND number = ? AND closed_at IS NULL";
  if (tx.db.run(sql, tx.now, result, run.id, pass) === 0) return;
  if (wait !== undefined) setDelay(tx, run.id, wait);
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
    causes: readCauses(scope, SUMMED_UP).map(causeSummary),
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
