import type { Unconfirmed } from "../../core/claim.ts";
import { attemptId, instant, type JobId, jobId, passNo } from "../../core/ids.ts";
import type { Look, LookDecision } from "../../core/verify.ts";
import type { LookDesk } from "../ledger.ts";
import { jobLookedAt } from "../ledger-events.ts";
import { lookedInVain, notPostedFailure } from "../ledger-rules.ts";
import { type AttemptRow, attemptByKey } from "./attempts.ts";
import { SPEC_COLUMNS, type SpecRow, specOf, spentOf } from "./job-rows.ts";
import { noteAbout, signed } from "./moves.ts";
import { countOutcome } from "./pass-counts.ts";
import { freeTwins } from "./posts.ts";
import type { Scope } from "./scope.ts";
import { isWholeSql, wholeOnly } from "./seals.ts";
import { markPosted, noteCauseOf } from "./settle.ts";
import type { Tx } from "./writer.ts";

type Row = SpecRow & {
  account_name: string;
  attempt: string;
  pass: number;
  device: string | null;
  intent_at: number;
  absent_since: number | null;
  look_at: number | null;
  baseline: string | null;
  is_whole: number;
};

export function openLookDesk(scope: Scope): LookDesk {
  return {
    async list(ids) {
      const campaign = scope.find();
      if (campaign === null) return [];
      const wanted = ids === undefined ? null : new Set<JobId>(ids);
      return scope.db
        .all<Row>(
          `SELECT ${SPEC_COLUMNS}, t.key AS attempt, t.pass, t.device, p.intent_at, p.absent_since, p.look_at, p.baseline,
             ${isWholeSql("post", "p")} AND ${isWholeSql("job", "j")} AS is_whole
           FROM job j JOIN account a ON a.id = j.account JOIN attempt t ON t.id = j.last_attempt JOIN post p ON p.attempt = t.id
           WHERE j.campaign = ? AND j.state = 'unconfirmed' ORDER BY j.id`,
          campaign,
        )
        .map(unconfirmedOf)
        .filter((u) => wanted === null || wanted.has(u.job.id));
    },
    record: (attempt, look, decision) => scope.write((tx) => recordLook(tx, scope, { attempt, look, decision })),
    missed: (attempt) => scope.write((tx) => missLook(tx, attempt)),
  };
}

function unconfirmedOf(row: Row): Unconfirmed {
  wholeOnly(row, `the unconfirmed post of job ${row.key}`);
  return {
    job: { ...specOf(row), account: row.account_name },
    attempt: attemptId(row.attempt),
    pass: passNo(row.pass),
    device: row.device,
    intentAt: instant(row.intent_at),
    absentSince: row.absent_since === null ? null : instant(row.absent_since),
    lookAt: row.look_at === null ? null : instant(row.look_at),
    baseline: row.baseline,
  };
}

function recordLook(tx: Tx, scope: Scope, of: { attempt: string; look: Look; decision: LookDecision }): void {
  const row = attemptByKey(tx.db, of.attempt);
  // settled meanwhile, by a person or a late report
  if (row === undefined || row.job_state !== "unconfirmed" || row.last_attempt !== row.id) return;
  const { decision } = of;
  if (decision.next === "posted") signed(tx, LOOKED, () => settleAsPosted(tx, row, null));
  else if (decision.next === "not_posted") signed(tx, LOOKED, () => failAsNotPosted(tx, scope, row));
  else {
    noteAbout(tx, row.job, { by: "verify", why: lookedInVain(of.look, decision) });
    const settling = decision.next === "settling" ? decision : { absentSince: null, at: null };
    tx.db.run(
      "UPDATE post SET absent_since = ?, look_at = ? WHERE attempt = ?",
      settling.absentSince,
      settling.at,
      row.id,
    );
  }
  scope.emit(tx, jobLookedAt({ job: jobId(row.job_key), account: row.account_name }, decision));
}

function missLook(tx: Tx, attempt: string): void {
  tx.db.run(
    `UPDATE post SET look_at = NULL WHERE state = 'unconfirmed' AND look_at <= ?
     AND attempt = (SELECT t.id FROM attempt t JOIN job j ON j.last_attempt = t.id WHERE t.key = ? AND j.state = 'unconfirmed')`,
    tx.now,
    attempt,
  );
}

const KEEPS_ITS_END = "first_phase = coalesce(first_phase, phase), first_failure = coalesce(first_failure, failure)";

/** An unconfirmed (or failed) job is posted after all. */
export function settleAsPosted(tx: Tx, row: AttemptRow, url: string | null): void {
  markPosted(tx, row, url);
  tx.db.run(`UPDATE attempt SET ${KEEPS_ITS_END}, phase = 'posted', url = ? WHERE id = ?`, url, row.id);
  tx.db.run(
    `UPDATE job SET state = 'success', category = NULL, cause = NULL, held_by = NULL, wake_at = NULL, wake_reason = NULL
     WHERE id = ?`,
    row.job,
  );
  countOutcome(tx.db, row, "success_count");
  freeTwins(tx.db, row.account);
}

const LOOKED = { by: "verify", why: null };

function failAsNotPosted(tx: Tx, scope: Scope, row: AttemptRow): void {
  const cause = noteCauseOf(tx, scope, { row, failure: notPostedFailure("verify") });
  settleAsNotPosted(tx, row, { to: "failed", by: "verify" });
  tx.db.run("UPDATE attempt SET cause = ? WHERE id = ?", cause.row, row.id);
  tx.db.run("UPDATE job SET last_cause = ? WHERE id = ?", cause.row, row.job);
}

/** Provably not out: its place in the limit is given back. A look leaves a retryable failure, a person a pending job. */
export function settleAsNotPosted(
  tx: Tx,
  row: AttemptRow,
  { to, by }: { to: "failed" | "pending"; by: "verify" | "person" },
): void {
  const failure = notPostedFailure(by);
  tx.db.run("UPDATE post SET state = 'void' WHERE attempt = ?", row.id);
  tx.db.run(
    `UPDATE attempt SET ${KEEPS_ITS_END}, phase = 'failed', failure = ?, charge = ? WHERE id = ?`,
    JSON.stringify(failure),
    to === "failed" ? "infrastructure" : null,
    row.id,
  );
  const spent = spentOf(row, row.run);
  tx.db.run(
    `UPDATE job SET state = ?, category = ?, cause = ?, spent_run = ?, spent_infrastructure = ?, spent_unknown = ?, spent_rate = ? WHERE id = ?`,
    to,
    to === "failed" ? failure.category : null,
    to === "failed" ? failure.cause : null,
    row.run,
    spent.infrastructure + (to === "failed" ? 1 : 0),
    spent.unknown,
    spent.rateLimits,
    row.job,
  );
  countOutcome(tx.db, row, `failed_${failure.category}`);
  freeTwins(tx.db, row.account);
}
