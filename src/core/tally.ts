import type { Category } from "./failure.ts";
import type { JobState } from "./job.ts";

/** Counts of a campaign as every face shows them. Every job that counts is in exactly one state. */
export type Counts = {
  total: number;
  success: number;
  failed: number;
  failed_account: number;
  failed_content: number;
  failed_setup: number;
  failed_infrastructure: number;
  failed_unknown: number;
  unconfirmed: number;
  skipped: number;
  held: number;
  deferred: number;
  pending: number;
  /** Being attempted right now. */
  claimed: number;
  /** Jobs outside `--accounts`; in no other count. */
  out_of_scope: number;
};

export const NO_COUNTS: Counts = {
  total: 0,
  success: 0,
  failed: 0,
  failed_account: 0,
  failed_content: 0,
  failed_setup: 0,
  failed_infrastructure: 0,
  failed_unknown: 0,
  unconfirmed: 0,
  skipped: 0,
  held: 0,
  deferred: 0,
  pending: 0,
  claimed: 0,
  out_of_scope: 0,
};

/** One line of the standing: so many jobs in this state. */
export type TallyRow = { inScope: boolean; state: JobState; category: Category | null; n: number };

/** Sums the standing's lines. */
export function tally(rows: readonly TallyRow[]): Counts {
  const counts = { ...NO_COUNTS };
  for (const row of rows) {
    if (!row.inScope) {
      counts.out_of_scope += row.n;
      continue;
    }
    counts.total += row.n;
    counts[row.state] += row.n;
    if (row.state === "failed" && row.category !== null) counts[`failed_${row.category}`] += row.n;
  }
  return counts;
}

/** What one pass tried: distinct jobs, by the last outcome each had in it. */
export type PassStats = {
  jobs_processed: number;
  success_count: number;
  failed_account: number;
  failed_content: number;
  failed_setup: number;
  failed_infrastructure: number;
  failed_unknown: number;
  unconfirmed: number;
};

export const NO_STATS: PassStats = {
  jobs_processed: 0,
  success_count: 0,
  failed_account: 0,
  failed_content: 0,
  failed_setup: 0,
  failed_infrastructure: 0,
  failed_unknown: 0,
  unconfirmed: 0,
};
