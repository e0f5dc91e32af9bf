// The start of a run: a new one, or the one that a stop, a halt or a crash left open.

import { createHash } from "node:crypto";
import type { Category } from "../../core/failure.ts";
import { instant, type RunId, runId } from "../../core/ids.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { Holder, OpenedRun, PassWait } from "../ledger.ts";
import { isTakenUp } from "../ledger-rules.ts";
import { setAccounts } from "./known-accounts.ts";
import { IS_WAITING } from "./partial.ts";
import type { Scope } from "./scope.ts";
import { readCounts } from "./standing.ts";
import type { Tx } from "./writer.ts";

export type Start = { settings: RunSettings; holder: Holder; simulated: boolean };
type RunRow = {
  id: number;
  key: string;
  campaign: number;
  pass: number;
  base: number;
  settings: string;
  delay_until: number | null;
  delay_reason: PassWait["reason"] | null;
};

/** Resumes the unfinished run, or begins one. */
export function openRun(tx: Tx, scope: Scope, { start, ledgerId }: { start: Start; ledgerId: string }): OpenedRun {
  const campaign = scope.ensure(tx);
  setAccounts(tx, campaign, start.settings.knownAccounts);
  const open = tx.db.one<RunRow>(
    "SELECT id, key, campaign, pass, base, settings, delay_until, delay_reason FROM run WHERE campaign = ? AND is_open = 1",
    campaign,
  );
  applyScope(tx, campaign, start.settings);
  const run = open === undefined ? beginRun(tx, { campaign, start, ledgerId }) : resumeRun(tx, open, start);
  // commands of an earlier start are not meant for this one
  tx.db.run("UPDATE command SET taken_at = ? WHERE campaign = ? AND taken_at IS NULL", tx.now, campaign);
  // limits may have changed with the flags: what a limit held back is looked at again
  tx.db.run(
    `UPDATE job SET state = 'pending', wake_at = NULL, wake_reason = NULL
     WHERE campaign = ? AND ${IS_WAITING} AND state = 'deferred' AND (wake_reason <> 'rate_limited' OR wake_at <= ?)`,
    campaign,
    tx.now,
  );
  tx.db.run(
    "UPDATE lane INDEXED BY lane_asleep SET ready = 1, wake_at = NULL WHERE campaign = ? AND ready = 0",
    campaign,
  );
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
  return { run: key, resumed: false, pass: 0, isPassOpen: false, base: 0, wait: null, before: null };
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
  // said anew: what failed is tried again once, as by `jobs retry`; said again by a restart it gives no budget back
  const { settings: before, campaign } = row;
  if (settings.retryAllFailed && !(JSON.parse(before) as RunSettings).retryAllFailed) retryFailed(tx, campaign);
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
    base: row.base,
    wait: waitOf(row),
    before: JSON.parse(row.settings) as RunSettings,
  };
}

/** An older ledger did not say what a wait was for. */
const waitOf = ({ delay_until, delay_reason }: RunRow): PassWait | null =>
  delay_until === null ? null : { until: instant(delay_until), reason: delay_reason ?? "delay" };

/** Those that `--retry-all-failed` takes, with fresh budgets. */
function retryFailed(tx: Tx, campaign: number): void {
  for (const { category, imported } of failedGroups(tx, campaign)) {
    if (!isTakenUp({ category, isImported: imported === 1 }, true)) continue;
    tx.db.run(
      `UPDATE job SET state = 'pending', imported = 0, category = NULL, cause = NULL, spent_run = NULL, spent_infrastructure = 0,
       spent_unknown = 0, spent_rate = 0 WHERE campaign = ? AND state = 'failed' AND in_scope = 1 AND category = ? AND imported = ?
       AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = job.account AND a.hold_cause IS NOT NULL)`,
      campaign,
      category,
      imported,
    );
  }
}

function failedGroups(tx: Tx, campaign: number): FailedGroup[] {
  return tx.db.all<FailedGroup>(
    "SELECT DISTINCT category, imported FROM job WHERE campaign = ? AND state = 'failed'",
    campaign,
  );
}

type FailedGroup = { category: Category; imported: number };

/** Failures of earlier runs that a new run tries again, with fresh budgets (they are counted per run). */
function takeUp(tx: Tx, campaign: number, retryAllFailed: boolean): void {
  for (const group of failedGroups(tx, campaign)) {
    if (!isTakenUp({ category: group.category, isImported: group.imported === 1 }, retryAllFailed)) continue;
    tx.db.run(
      `UPDATE job SET state = 'pending', imported = 0, category = NULL, cause = NULL WHERE campaign = ? AND state = 'failed' AND in_scope = 1 AND category = ? AND imported = ?
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
