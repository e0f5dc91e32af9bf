// What a pass tried: distinct jobs by the last outcome each had in it, kept as attempts end, never recounted.
import type { Attempt } from "../../core/attempt.ts";
import type { PassStats } from "../../core/tally.ts";
import type { AttemptRow } from "./attempts.ts";
import type { Database } from "./database.ts";

export type OutcomeKey = Exclude<keyof PassStats, "jobs_processed">;

/** `null`: an uncharged end that tells nothing about the job. */
export function outcomeKey(attempt: Attempt): OutcomeKey | null {
  switch (attempt.phase) {
    case "posted":
      return "success_count";
    case "failed":
      return `failed_${attempt.failure.category}`;
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
