// Causes of failures: counted as each failure is written down, in its transaction, at a cost that does not grow.
import type { Category, Failure } from "../../core/failure.ts";
import { fingerprint } from "../../core/fingerprint.ts";
import { attemptId, type CauseId, causeId, instant, jobId } from "../../core/ids.ts";
import type { CampaignViews, CauseSample, CauseView } from "../ledger.ts";
import type { SeenCause } from "../ledger-events.ts";
import { causeState } from "../ledger-rules.ts";
import type { Database } from "./database.ts";
import type { Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

/** A failure with whom it met. */
export type Met = {
  campaign: number;
  failure: Pick<Failure, "category" | "cause" | "rule" | "evidence">;
  job: { id: number; key: string; media: string; caption: string };
  account: { id: number; name: string } | null;
  device: string | null;
  /** Key of the run; `null` outside one. */
  run: string | null;
};

/** The cause as this failure leaves it; `row` is its row. */
export type Noted = SeenCause & { row: number };

/** Adds a failure to its cause. The caller writes `row` to the job's `last_cause` and the attempt's `cause`. */
export function noteCause({ db, now }: Tx, met: Met): Noted {
  const { campaign, failure, job, account, device, run } = met;
  const known = { account: account?.name ?? null, device, job: job.key, media: job.media, caption: job.caption };
  const { id, title } = fingerprint(failure, known);
  const { category, cause: word } = failure;
  const before = db.one<{ id: number; title: string; resolved_at: number | null }>(
    "SELECT id, title, resolved_at FROM cause WHERE campaign = ? AND key = ?",
    campaign,
    id,
  );
  const row =
    before?.id ??
    db.insert(
      "INSERT INTO cause (campaign, key, category, word, title, first_at, last_at, first_run, last_run, only_device) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      campaign,
      id,
      category,
      word,
      title,
      now,
      now,
      run,
      run,
      device,
    );
  count({ db, now }, row, met);
  const seen = before === undefined ? "new" : before.resolved_at === null ? "again" : "regressed";
  return { row, id, category, word, title: before?.title ?? title, seen };
}

function count({ db, now }: Pick<Tx, "db" | "now">, row: number, { job, account, device, run }: Met): void {
  const isFirst = (kind: string, what: number | string | null) =>
    what === null ? 0 : db.run("INSERT OR IGNORE INTO cause_met (cause, kind, what) VALUES (?, ?, ?)", row, kind, what);
  db.run(
    `UPDATE cause SET last_at = ?1, failures = failures + 1, run_failures = iif(last_run IS ?2, run_failures, 0) + 1, last_run = ?2,
     jobs = jobs + ?3, accounts = accounts + ?4, devices = devices + ?5, only_device = iif(only_device IS ?6, only_device, NULL),
     regressed_at = iif(resolved_at IS NULL, regressed_at, ?1), resolved_at = NULL WHERE id = ?7`,
    now,
    run,
    isFirstOfJob(db, row, job.id) ? 1 : 0,
    isFirst("account", account?.id ?? null),
    isFirst("device", device),
    device,
    row,
  );
}

/** Looked up, not noted: a job's attempts are few, its causes fewer. */
function isFirstOfJob(db: Database, cause: number, job: number): boolean {
  const sql =
    "SELECT 1 AS x FROM attempt WHERE job = ?1 AND cause = ?2 UNION ALL SELECT 1 FROM job WHERE id = ?1 AND last_cause = ?2 LIMIT 1";
  return db.one(sql, job, cause) === undefined;
}

export function resolveCause(tx: Tx, scope: Scope, of: { cause: CauseId; by: string; note: string | null }): boolean {
  const sql =
    "UPDATE cause SET resolved_at = ?, resolved_by = ?, resolved_note = ?, regressed_at = NULL WHERE campaign = ? AND key = ? AND resolved_at IS NULL";
  return tx.db.run(sql, tx.now, of.by, of.note, scope.find() ?? 0, of.cause) > 0;
}

// --- readers --------------------------------------------------------------------------------------------------------

type CauseRow = {
  id: number;
  key: string;
  category: string;
  word: string;
  title: string;
  first_at: number;
  last_at: number;
  first_run: string | null;
  last_run: string | null;
  failures: number;
  run_failures: number;
  jobs: number;
  accounts: number;
  devices: number;
  only_device: string | null;
  resolved_at: number | null;
  resolved_by: string | null;
  resolved_note: string | null;
  regressed_at: number | null;
};
type Standing = { cause: number; failed: number; unconfirmed: number };

export function causeViews(scope: Scope): Pick<CampaignViews, "causes" | "causeBook" | "cause"> {
  return {
    causes: async (limit) => readCauses(scope, limit),
    causeBook: async ({ limit, after }) => readBook(scope, limit, after),
    cause: async (id, samples) => readCause(scope, id, samples),
  };
}

/** Those that jobs stand with now, then those that the present or last run met. */
export function readCauses(scope: Scope, limit: number): CauseView[] {
  const run = lastRun(scope);
  const standing = standingNow(scope, limit);
  const rows = standing.flatMap((s) => {
    const row = scope.db.one<CauseRow>("SELECT * FROM cause WHERE id = ?", s.cause);
    return row === undefined ? [] : [viewOf(scope.db, row, { run, standing: s })];
  });
  if (rows.length >= limit || run === null) return rows;
  const met = scope.db.all<CauseRow>(
    "SELECT * FROM cause WHERE campaign = ? AND last_run = ? AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY run_failures DESC, id LIMIT ?",
    scope.find() ?? 0,
    run,
    JSON.stringify(standing.map((s) => s.cause)),
    limit - rows.length,
  );
  return [...rows, ...met.map((row) => viewOf(scope.db, row, { run, standing: null }))];
}

function lastRun(scope: Scope): string | null {
  const sql = "SELECT key FROM run WHERE campaign = ? ORDER BY id DESC LIMIT 1";
  return scope.db.one<{ key: string }>(sql, scope.find() ?? 0)?.key ?? null;
}

/** From the tally that triggers keep; `cause` narrows it to one. */
function standingNow(scope: Scope, limit: number, cause: number | null = null): Standing[] {
  return scope.db.all<Standing>(
    `SELECT cause, sum(iif(state = 'failed', n, 0)) AS failed, sum(iif(state = 'unconfirmed', n, 0)) AS unconfirmed FROM tally
     WHERE campaign = ?1 AND in_scope = 1 AND state IN ('failed', 'unconfirmed') AND cause <> 0 AND n > 0 AND (?2 IS NULL OR cause = ?2)
     GROUP BY cause ORDER BY failed + unconfirmed DESC, cause LIMIT ?3`,
    scope.find() ?? 0,
    cause,
    limit,
  );
}

/** The row of a cause with this id; `null`: there is none. */
export function causeRow(scope: Scope, key: string): number | null {
  const sql = "SELECT id FROM cause WHERE campaign = ? AND key = ?";
  return scope.db.one<{ id: number }>(sql, scope.find() ?? 0, key)?.id ?? null;
}

function readBook(scope: Scope, limit: number, after: string | null) {
  const run = lastRun(scope);
  const from = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const rows = scope.db.all<CauseRow>(
    "SELECT * FROM cause WHERE campaign = ? AND id < ? ORDER BY id DESC LIMIT ?",
    scope.find() ?? 0,
    from,
    limit,
  );
  const causes = rows.map((row) => viewOf(scope.db, row, { run, standing: standingNow(scope, 1, row.id)[0] ?? null }));
  return { causes, next: rows.length === limit ? String(rows.at(-1)?.id) : null };
}

function readCause(scope: Scope, id: CauseId, samples: number) {
  const row = scope.db.one<CauseRow>("SELECT * FROM cause WHERE campaign = ? AND key = ?", scope.find() ?? 0, id);
  if (row === undefined) return null;
  const cause = viewOf(scope.db, row, { run: lastRun(scope), standing: standingNow(scope, 1, row.id)[0] ?? null });
  return { cause, samples: readSamples(scope.db, row.id, samples) };
}

type SampleRow = { job: string; key: string; name: string; device: string | null; at: number; failure: string };

function readSamples(db: Database, cause: number, limit: number): CauseSample[] {
  return db
    .all<SampleRow>(
      `SELECT j.key AS job, t.key, a.name, t.device, coalesce(t.ended_at, t.started_at) AS at, t.failure
       FROM job j JOIN attempt t ON t.id = j.last_attempt JOIN account a ON a.id = t.account
       WHERE j.last_cause = ?1 AND t.cause = ?1 AND t.failure IS NOT NULL ORDER BY t.id DESC LIMIT ?2`,
      cause,
      limit,
    )
    .map(({ job, key, name, device, at, failure }) => ({
      job: jobId(job),
      attempt: attemptId(key),
      account: name,
      device,
      at: instant(at),
      message: (JSON.parse(failure) as Failure).evidence.message,
    }));
}

function viewOf(db: Database, row: CauseRow, about: { run: string | null; standing: Standing | null }): CauseView {
  const { run, standing } = about;
  const isResolved = row.resolved_at !== null;
  const how = { firstRun: row.first_run, isResolved, isRegressed: row.regressed_at !== null };
  return {
    id: causeId(row.key),
    category: row.category as Category,
    cause: row.word,
    title: row.title,
    state: causeState(how, run),
    firstAt: instant(row.first_at),
    lastAt: instant(row.last_at),
    jobs: standing?.failed ?? 0,
    unconfirmed: standing?.unconfirmed ?? 0,
    accounts: standing === null ? 0 : accountsNow(db, row.id),
    inRun: run !== null && row.last_run === run ? row.run_failures : 0,
    failures: row.failures,
    met: { jobs: row.jobs, accounts: row.accounts, devices: row.devices },
    onlyDevice: row.only_device,
    resolved: isResolved
      ? { at: instant(row.resolved_at ?? 0), by: row.resolved_by ?? "", note: row.resolved_note }
      : null,
  };
}

function accountsNow(db: Database, cause: number): number {
  const sql =
    "SELECT count(DISTINCT account) AS n FROM job INDEXED BY job_cause_now WHERE last_cause = ? AND state IN ('failed', 'unconfirmed')";
  return db.one<{ n: number }>(sql, cause)?.n ?? 0;
}
