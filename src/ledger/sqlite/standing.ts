// Reads of the standing that several doors share.
import type { PassRecord } from "../../core/events.ts";
import type { Category } from "../../core/failure.ts";
import type { JobState } from "../../core/job.ts";
import type { PassResult } from "../../core/pass.ts";
import { type Counts, type PassStats, tally } from "../../core/tally.ts";
import type { Database } from "./database.ts";

type Row = { in_scope: number; state: JobState; category: string; n: number };

/** Counts of a campaign, from the tally that triggers keep: never by counting jobs. */
export function readCounts(db: Database, campaign: number): Counts {
  const rows = db.all<Row>(
    "SELECT in_scope, state, category, sum(n) AS n FROM tally WHERE campaign = ? GROUP BY 1, 2, 3",
    campaign,
  );
  return tally(
    rows.map((r) => ({
      inScope: r.in_scope === 1,
      state: r.state,
      category: r.category === "" ? null : (r.category as Category),
      n: r.n,
    })),
  );
}

type PassRow = PassStats & {
  number: number;
  total_jobs: number;
  opened_at: number;
  closed_at: number | null;
  result: PassResult | null;
  run_result: PassResult | null;
  run_ended_at: number | null;
};

/** A run's passes, in order; an open one as it stands, or as the run left it. */
export function readPasses(db: Database, run: number): PassRecord[] {
  const sql = `SELECT p.*, r.result AS run_result, r.ended_at AS run_ended_at
    FROM pass p JOIN run r ON r.id = p.run WHERE p.run = ? ORDER BY p.number`;
  return db.all<PassRow>(sql, run).map((row) => {
    const ended = row.closed_at ?? row.run_ended_at ?? row.opened_at;
    return {
      pass_number: row.number,
      total_jobs: row.total_jobs,
      jobs_processed: row.jobs_processed,
      success_count: row.success_count,
      failed_account: row.failed_account,
      failed_content: row.failed_content,
      failed_setup: row.failed_setup,
      failed_infrastructure: row.failed_infrastructure,
      failed_unknown: row.failed_unknown,
      unconfirmed: row.unconfirmed,
      result: row.result ?? row.run_result ?? "interrupted",
      started_at: new Date(row.opened_at).toISOString(),
      ended_at: new Date(ended).toISOString(),
      duration_ms: ended - row.opened_at,
    };
  });
}
