// What a pass tried: distinct jobs by the last outcome each had in it, kept as attempts end, never recounted.
import type { Attempt } from "../../core/attempt.ts";
import type { Category } from "../../core/failure.ts";
import type { PassStats } from "../../core/tally.ts";
import { isForgiven } from "../ledger-rules.ts";
import type { AttemptRow } from "./attempts.ts";
import type { Database } from "./database.ts";

export type OutcomeKey = Exclude<keyof PassStats, "jobs_processed">;

/** `null`: an uncharged end that tells nothing about the job. */
export function outcomeKey(attempt: Attempt, charge: string | null): OutcomeKey | null {
  switch (attempt.phase) {
    case "posted":
      return "success_count";
    case "failed":
      return isForgiven(attempt.failure, charge) ? null : `failed_${attempt.failure.category}`;
    case "unconfirmed":
      return "unconfirmed";
    default:
      return null;
  }
}

type Counted = Pick<AttemptRow, "run" | "pass" | "job" | "pass_run" | "pass_no" | "pass_outcome">;

/** Counts a job's outcome in the pass of this attempt, instead of the one it had there before. A closed pass stays as it was. */
export function countOutcome(db: Database, row: Counted, outcome: OutcomeKey | null): void {
  if (outcome === null) return;
  const isSamePass = row.pass_run === row.run && row.pass_no === row.pass;
  const before = isSamePass ? (row.pass_outcome as OutcomeKey | null) : null;
  const open = "WHERE run = ? AND number = ? AND closed_at IS NULL";
  const added = db.run(
    `UPDATE pass SET jobs_processed = jobs_processed + ?, ${outcome} = ${outcome} + 1 ${open}`,
    before === null ? 1 : 0,
    row.run,
    row.pass,
  );
  if (added === 0) return;
  if (before !== null) db.run(`UPDATE pass SET ${before} = ${before} - 1 ${open}`, row.run, row.pass);
  db.run(
    "UPDATE job SET pass_run = ?, pass_no = ?, pass_outcome = ? WHERE id = ?",
    row.run,
    row.pass,
    outcome,
    row.job,
  );
}

/** Counts a job's outcome in the pass of this attempt anew, after the attempt was forgiven. A closed pass stays as it was. */
export function recountOutcome(db: Database, row: Counted): void {
  const before = row.pass_run === row.run && row.pass_no === row.pass ? (row.pass_outcome as OutcomeKey | null) : null;
  const outcome = before === null ? null : lastOutcome(db, row);
  if (before === outcome || before === null) return;
  const changed = db.run(
    `UPDATE pass SET jobs_processed = jobs_processed - ?, ${before} = ${before} - 1 WHERE run = ? AND number = ? AND closed_at IS NULL`,
    outcome === null ? 1 : 0,
    row.run,
    row.pass,
  );
  if (changed === 0) return;
  if (outcome !== null)
    db.run(`UPDATE pass SET ${outcome} = ${outcome} + 1 WHERE run = ? AND number = ?`, row.run, row.pass);
  db.run("UPDATE job SET pass_outcome = ? WHERE id = ?", outcome, row.job);
}

type EndRow = { phase: string; charge: string | null; category: Category | null; cause: string | null };

/** The last of the job's ends in this pass that counts. */
function lastOutcome(db: Database, row: Counted): OutcomeKey | null {
  const ends = db.all<EndRow>(
    `SELECT phase, charge, failure ->> 'category' AS category, failure ->> 'cause' AS cause FROM attempt
     WHERE job = ? AND run = ? AND pass = ? ORDER BY id DESC`,
    row.job,
    row.run,
    row.pass,
  );
  for (const { phase, charge, category, cause } of ends) {
    if (phase === "posted") return "success_count";
    if (phase === "unconfirmed") return "unconfirmed";
    if (phase === "failed" && category !== null && !isForgiven({ category, cause: cause ?? "" }, charge))
      return `failed_${category}`;
  }
  return null;
}
