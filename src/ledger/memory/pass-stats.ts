// What one pass tried, told from its attempts.
import type { PassRecord } from "../../core/events.ts";
import type { Instant, PassNo } from "../../core/ids.ts";
import type { PassResult } from "../../core/pass.ts";
import { NO_STATS, type PassStats } from "../../core/tally.ts";
import { isForgiven } from "../ledger-rules.ts";
import type { AttemptRecord, JobRecord, PassEntry, RunRecord } from "./store.ts";

/** A closed pass as it was closed, an open one as it stands. */
export function statsOf(run: RunRecord, pass: PassNo): PassStats {
  const entry = run.passes.find((p) => p.number === pass);
  if (entry === undefined) return { ...NO_STATS };
  if (entry.closed === null) return countPass(entry);
  const {
    pass_number: _,
    total_jobs: _t,
    result: _r,
    started_at: _s,
    ended_at: _e,
    duration_ms: _d,
    ...stats
  } = entry.closed;
  return stats;
}

/** The pass as history keeps it, with `result`, up to `now`. */
export function recordOf(entry: PassEntry, result: PassResult, now: Instant): PassRecord {
  return {
    pass_number: entry.number,
    total_jobs: entry.totalJobs,
    ...countPass(entry),
    result,
    started_at: new Date(entry.openedAt).toISOString(),
    ended_at: new Date(now).toISOString(),
    duration_ms: now - entry.openedAt,
  };
}

/** Distinct jobs by their last outcome; a cancelled attempt is none. */
function countPass({ attempts }: PassEntry): PassStats {
  const last = new Map<JobRecord, keyof PassStats>();
  for (const attempt of attempts) {
    const outcome = outcomeOf(attempt);
    if (outcome !== null) last.set(attempt.job, outcome);
  }
  const stats = { ...NO_STATS, jobs_processed: last.size };
  for (const outcome of last.values()) stats[outcome]++;
  return stats;
}

function outcomeOf({ state, charge }: AttemptRecord): keyof PassStats | null {
  switch (state.phase) {
    case "posted":
      return "success_count";
    case "unconfirmed":
      return "unconfirmed";
    case "failed":
      return isForgiven(state.failure, charge) ? null : `failed_${state.failure.category}`;
    case "running":
    case "publishing":
    case "cancelled":
      return null;
  }
}
