import type { Category } from "../../core/failure.ts";
import type { PassFacts } from "../../core/pass.ts";
import type { RetryPolicy } from "../../core/retry.ts";
import { failedStanding } from "../ledger-rules.ts";
import type { Database } from "./database.ts";
import type { Scope } from "./scope.ts";
import { readCounts } from "./standing.ts";

type Failed = {
  category: Category;
  imported: number;
  infrastructure: number;
  unknown: number;
  held: number;
  n: number;
};

/** All jobs of the run, sorted for the decision that follows a pass. */
export function readFacts(
  scope: Scope,
  policy: RetryPolicy,
  verifies: boolean,
): Omit<PassFacts, "stopAsked" | "halted"> {
  const campaign = scope.find() ?? 0;
  const run = scope.openRun()?.id ?? -1;
  const counts = readCounts(scope.db, campaign);
  const undealt = countUndealt(scope.db, campaign);
  const sums = { retryable: counts.pending - undealt, exhausted: 0, non_retryable: 0 };
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
        "SELECT count(*) AS n FROM job j JOIN post p ON p.attempt = j.last_attempt WHERE j.campaign = ? AND j.state = 'unconfirmed' AND j.in_scope = 1 AND p.look_at IS NOT NULL",
      )
    : 0;
  return {
    total: counts.total,
    retryable: sums.retryable,
    settling,
    exhausted: sums.exhausted,
    unconfirmed: counts.unconfirmed,
    nonRetryable: sums.non_retryable + heldWithAccount,
    deferred: counts.deferred + undealt,
    held: counts.held - heldWithAccount,
  };
}

function one(scope: Scope, sql: string): number {
  return scope.db.one<{ n: number }>(sql, scope.find() ?? 0)?.n ?? 0;
}

/** Jobs that nobody can claim yet: they are pending, but nothing to start a pass for. */
export function countUndealt(db: Database, campaign: number): number {
  const sql = "SELECT count(*) AS n FROM job WHERE campaign = ? AND account IS NULL AND state = 'pending'";
  return db.one<{ n: number }>(sql, campaign)?.n ?? 0;
}
