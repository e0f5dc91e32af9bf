// What people do to single jobs. Each call is one short transaction that looks at the job's state first, so that two people, or a
// person and a run, never undo each other.
import { type JobId, jobId } from "../../core/ids.ts";
import type { CommandType, DeskReport, JobDesk } from "../ledger.ts";
import { jobHeld, jobMarked } from "../ledger-events.ts";
import { attemptById } from "./attempts.ts";
import { resolveCause } from "./causes.ts";
import { rememberPost } from "./intake.ts";
import { settleAsNotPosted, settleAsPosted } from "./looks.ts";
import { signed } from "./moves.ts";
import { freeTwins } from "./posts.ts";
import type { Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

type Row = {
  id: number;
  key: string;
  state: string;
  account: number | null;
  account_name: string | null;
  held_by: string | null;
  hold_cause: string | null;
  last_attempt: number | null;
  media: string;
};
/** Does it, or says why not. */
type Deed = (tx: Tx, row: Row) => string | null;

export function openJobDesk(scope: Scope): JobDesk {
  const each = (ids: readonly JobId[], sign: { by: string; why: string }, deed: Deed) =>
    scope.write((tx) => signed(tx, sign, () => forEach(tx, scope, { ids, deed })));
  return {
    retry: (ids, by) => each(ids, { by, why: "retried" }, retry),
    hold: (ids, by, reason) => each(ids, { by, why: reason }, (tx, row) => hold(tx, scope, { row, reason })),
    release: (ids, by) => each(ids, { by, why: "released" }, release),
    markPosted: (ids, by, url) =>
      each(ids, { by, why: "marked as posted" }, (tx, row) => markAsPosted(tx, scope, { row, url })),
    markNotPosted: (ids, by) =>
      each(ids, { by, why: "marked as not posted" }, (tx, row) => markAsNotPosted(tx, scope, row)),
    resolveCause: (cause, by, note) => scope.write((tx) => resolveCause(tx, scope, { cause, by, note })),
    send: (type, by) => scope.write((tx) => send(tx, scope, { type, by })),
  };
}

function forEach(tx: Tx, scope: Scope, { ids, deed }: { ids: readonly JobId[]; deed: Deed }): DeskReport {
  const report: DeskReport = { done: [], refused: [] };
  for (const id of ids) {
    const row = tx.db.one<Row>(
      `SELECT j.id, j.key, j.state, j.account, a.name AS account_name, j.held_by, a.hold_cause, j.last_attempt, j.media
       FROM job j LEFT JOIN account a ON a.id = j.account WHERE j.campaign = ? AND j.key = ?`,
      scope.find() ?? 0,
      id,
    );
    const why = row === undefined ? "no such job" : deed(tx, row);
    if (why === null) report.done.push(id);
    else report.refused.push({ job: id, why });
  }
  return report;
}

function retry(tx: Tx, row: Row): string | null {
  if (row.state === "unconfirmed") return "it may be posted already: verify it, or mark it posted or not posted";
  if (row.state !== "failed" && row.state !== "deferred") return `it is ${row.state}`;
  if (row.hold_cause !== null) return `its account is held (${row.hold_cause}): release the account first`;
  tx.db.run(
    `UPDATE job SET state = 'pending', imported = 0, category = NULL, cause = NULL, wake_at = NULL, wake_reason = NULL,
     spent_run = NULL, spent_infrastructure = 0, spent_unknown = 0, spent_rate = 0 WHERE id = ?`,
    row.id,
  );
  return null;
}

function hold(tx: Tx, scope: Scope, { row, reason }: { row: Row; reason: string }): string | null {
  if (!["pending", "waiting", "parked", "deferred", "failed"].includes(row.state)) return `it is ${row.state}`;
  tx.db.run(
    "UPDATE job SET state = 'held', held_by = 'person', category = NULL, cause = NULL, wake_at = NULL, wake_reason = ? WHERE id = ?",
    reason,
    row.id,
  );
  scope.emit(tx, jobHeld({ job: jobId(row.key), account: row.account_name }, "person", reason));
  return null;
}

function release(tx: Tx, row: Row): string | null {
  if (row.state !== "held") return `it is ${row.state === "waiting" || row.state === "parked" ? "pending" : row.state}`;
  if (row.held_by === "account") return "it is held with its account: release the account";
  if (row.held_by === "twin") return "the same post is unconfirmed: settle that one";
  const next = row.hold_cause === null ? "pending" : "held";
  tx.db.run(
    "UPDATE job SET state = ?, held_by = ?, wake_reason = NULL WHERE id = ?",
    next,
    next === "held" ? "account" : null,
    row.id,
  );
  return next === "held" ? `its account is held (${row.hold_cause}): it waits for that now` : null;
}

const MARKABLE = ["unconfirmed", "failed", "pending", "waiting", "parked", "deferred", "held"];

function markAsPosted(tx: Tx, scope: Scope, { row, url }: { row: Row; url: string | null }): string | null {
  if (!MARKABLE.includes(row.state)) return `it is ${row.state}`;
  if (row.account === null) return "it has no account yet";
  const attempt = row.last_attempt === null ? undefined : attemptById(tx.db, row.last_attempt);
  if (attempt === undefined) settleUntried(tx, { ...row, account: row.account, url });
  else settleAsPosted(tx, attempt, url);
  scope.emit(tx, jobMarked({ job: jobId(row.key), account: row.account_name }, "posted"));
  return null;
}

/** A post that this ledger knows no attempt of, as an imported one. */
function settleUntried(tx: Tx, row: Row & { account: number; url: string | null }): void {
  const { id: job, account, media, url } = row;
  rememberPost(tx, { job, account, spec: { media } }, { state: "success", at: null, url });
  tx.db.run(
    `UPDATE job SET state = 'success', category = NULL, cause = NULL, held_by = NULL, wake_at = NULL, wake_reason = NULL
     WHERE id = ?`,
    job,
  );
  freeTwins(tx.db, account);
}

function markAsNotPosted(tx: Tx, scope: Scope, row: Row): string | null {
  if (row.state !== "unconfirmed") return `it is ${row.state}`;
  const attempt = row.last_attempt === null ? undefined : attemptById(tx.db, row.last_attempt);
  if (attempt === undefined) return "it was never tried here";
  settleAsNotPosted(tx, attempt, { to: "pending", by: "person" });
  if (row.hold_cause !== null) tx.db.run("UPDATE job SET state = 'held', held_by = 'account' WHERE id = ?", row.id);
  if (row.account !== null) freeTwins(tx.db, row.account);
  scope.emit(tx, jobMarked({ job: jobId(row.key), account: row.account_name }, "not_posted"));
  return null;
}

function send(tx: Tx, scope: Scope, { type, by }: { type: CommandType; by: string }): void {
  tx.db.run(
    "INSERT INTO command (campaign, type, by, sent_at) VALUES (?, ?, ?, ?)",
    scope.ensure(tx),
    type,
    by,
    tx.now,
  );
}
