// Rows of attempts, and the claim check that every report passes.

import type { ClaimRef } from "../../core/claim.ts";
import { attemptId, type JobId, jobId } from "../../core/ids.ts";
import type { AttemptRef } from "../ledger-events.ts";
import type { Database } from "./database.ts";
import type { SpentRow } from "./job-rows.ts";
import { IS_RUNNING } from "./partial.ts";
import { isWholeSql, wholeOnly } from "./seals.ts";

/** An attempt with what its reports need to know of its job, account and run. */
export type AttemptRow = SpentRow & {
  id: number;
  key: string;
  run: number;
  pass: number;
  job: number;
  account: number;
  worker: number;
  device: string | null;
  fence: number;
  phase: string;
  charge: string | null;
  step: string;
  as_opaque: number;
  started_at: number;
  day: string;
  campaign: number;
  job_key: string;
  job_state: string;
  job_fence: number;
  last_attempt: number | null;
  media: string;
  caption: string;
  allow_repost: number;
  not_after: number | null;
  pass_run: number | null;
  pass_no: number | null;
  pass_outcome: string | null;
  account_name: string;
  platform: string;
  hold_cause: string | null;
  hold_reason: string | null;
  timezone: string | null;
  daily_limit: number | null;
  is_whole: number;
};

const COLUMNS = `${isWholeSql("attempt", "a")} AS is_whole, a.id, a.key, a.run, a.pass, a.job, a.account, a.worker, a.device, a.fence, a.phase, a.charge, a.step, a.as_opaque, a.started_at, a.day,
  j.campaign, j.key AS job_key, j.state AS job_state, j.fence AS job_fence, j.last_attempt, j.media, j.caption, j.allow_repost, j.not_after,
  j.pass_run, j.pass_no, j.pass_outcome, j.spent_run, j.spent_infrastructure, j.spent_unknown, j.spent_rate,
  c.name AS account_name, c.platform, c.hold_cause, c.hold_reason, c.timezone, c.daily_limit`;
const TABLES = "attempt a JOIN job j ON j.id = a.job JOIN account c ON c.id = a.account";

export function attemptByKey(db: Database, key: string): AttemptRow | undefined {
  return whole(db.one<AttemptRow>(`SELECT ${COLUMNS} FROM ${TABLES} WHERE a.key = ?`, key));
}

export function attemptById(db: Database, id: number): AttemptRow | undefined {
  return whole(db.one<AttemptRow>(`SELECT ${COLUMNS} FROM ${TABLES} WHERE a.id = ?`, id));
}

/** Attempts that nothing has ended. */
export function openAttemptsOf(db: Database, campaign: number): AttemptRow[] {
  const rows = db.all<AttemptRow>(
    `SELECT ${COLUMNS} FROM (SELECT * FROM attempt INDEXED BY attempt_open WHERE ${IS_RUNNING}) a CROSS JOIN job j ON j.id = a.job JOIN account c ON c.id = a.account
     WHERE j.campaign = ? AND j.last_attempt = a.id ORDER BY a.id`,
    campaign,
  );
  for (const row of rows) whole(row);
  return rows;
}

function whole<T extends AttemptRow | undefined>(row: T): T {
  wholeOnly(row, `attempt ${row?.key}`);
  return row;
}

/** Whether this claim still holds its job. */
export function isCurrent(row: AttemptRow, ref: ClaimRef): boolean {
  return (
    row.fence === ref.fence && row.job_fence === ref.fence && row.job_state === "claimed" && row.last_attempt === row.id
  );
}

export function refOf(row: AttemptRow): AttemptRef {
  const job: JobId = jobId(row.job_key);
  return {
    job,
    account: row.account_name,
    attempt: attemptId(row.key),
    pass: row.pass,
    worker: row.worker,
    device: row.device,
  };
}
