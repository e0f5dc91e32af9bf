import type { EVENT_VERSION, EventLine, RunEvent } from "../../core/events.ts";
import type { Failure } from "../../core/failure.ts";
import { attemptId, causeId, instant, type JobId, jobId, runId } from "../../core/ids.ts";
import type { HeldBy, JobState } from "../../core/job.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { AttemptView, CampaignViews, Holder, JobFilter, JobStory, JobView, RunView } from "../ledger.ts";
import { causeRow, causeViews } from "./causes.ts";
import type { Param } from "./database.ts";
import { type AccountRow, accountSettings, SPEC_COLUMNS, type SpecRow, shownState, specOf } from "./job-rows.ts";
import { movesOf } from "./moves.ts";
import { IS_OPEN, STANDS } from "./partial.ts";
import type { Scope } from "./scope.ts";
import { isWholeSql, wholeOnly } from "./seals.ts";
import { readCounts, readPasses } from "./standing.ts";

export function openViews(scope: Scope): CampaignViews {
  const campaign = () => scope.find() ?? 0;
  return {
    dailyLimit: async () =>
      scope.db.one<{ daily_limit: number | null }>("SELECT daily_limit FROM campaign WHERE id = ?", campaign())
        ?.daily_limit ?? null,
    accounts: async () =>
      scope.db
        .all<AccountRow>(
          "SELECT a.* FROM account a JOIN campaign_account c ON c.account = a.id WHERE c.campaign = ? ORDER BY a.id",
          campaign(),
        )
        .map(accountSettings),
    counts: async () => readCounts(scope.db, campaign()),
    ...causeViews(scope),
    run: async () => readRun(scope),
    jobs: async (filter, page) => {
      const { rows, next } = readJobs(scope, filter, page);
      return { jobs: rows.map(viewOf), next };
    },
    specs: async (filter, page) => {
      const { rows, next } = readJobs(scope, filter, page);
      return { jobs: rows.map(specOf), next };
    },
    twins: async () => readTwins(scope),
    job: async (id) => readJob(scope, id),
    events: async (page) => readEvents(scope, page),
    failures: async (page) => readFailures(scope, page),
    open: async (page) => readOpen(scope, page),
  };
}

type EventRow = { seq: number; run: string; ts: number; version: typeof EVENT_VERSION; body: string };

function readEvents(scope: Scope, { limit, after }: { limit: number; after: number }) {
  const rows = scope.db.all<EventRow>(
    "SELECT seq, run, ts, version, body FROM event WHERE seq > ? AND campaign = ? ORDER BY seq LIMIT ?",
    after,
    scope.find() ?? 0,
    limit,
  );
  const events = rows.map(
    ({ run, ts, version, body }) =>
      ({ v: version, ts: new Date(ts).toISOString(), run, ...(JSON.parse(body) as RunEvent) }) satisfies EventLine,
  );
  return { events, next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
}

type RunRow = {
  id: number;
  key: string;
  is_open: number;
  settings: string;
  holder: string;
  is_paused: number;
  is_stopping: number;
  started_at: number;
  ended_at: number | null;
  pass: number;
  delay_until: number | null;
  attempts: number;
  result: RunView["result"];
  exit_code: number | null;
};

function readRun(scope: Scope): RunView | null {
  const row = scope.db.one<RunRow>("SELECT * FROM run WHERE campaign = ? ORDER BY id DESC LIMIT 1", scope.find() ?? 0);
  if (row === undefined) return null;
  const settings = JSON.parse(row.settings) as RunSettings;
  return {
    run: runId(row.key),
    isOpen: row.is_open === 1,
    pass: row.pass,
    maxPasses: settings.passes.maxPasses,
    workers: settings.workers,
    delayUntil: row.delay_until === null ? null : instant(row.delay_until),
    isPaused: row.is_paused === 1,
    isStopping: row.is_stopping === 1,
    holder: JSON.parse(row.holder) as Holder,
    startedAt: instant(row.started_at),
    endedAt: row.ended_at === null ? null : instant(row.ended_at),
    result: row.result,
    exitCode: row.exit_code,
    attempts: row.attempts,
    passes: readPasses(scope.db, row.id),
  };
}

type JobRow = SpecRow & {
  is_whole: number;
  id: number;
  state: string;
  category: string | null;
  cause: string | null;
  held_by: HeldBy | null;
  wake_at: number | null;
  wake_reason: string | null;
  attempts: number;
  source: string;
  failure: string | null;
  cause_key: string | null;
  url: string | null;
  in_scope: number;
};

const JOB_COLUMNS = `${isWholeSql("job", "j")} AND coalesce((SELECT ${isWholeSql("attempt", "t")} FROM attempt t WHERE t.id = j.last_attempt), 1) AS is_whole, j.id, ${SPEC_COLUMNS}, j.state, j.category, j.cause, j.held_by, j.wake_at, j.wake_reason, j.attempts, j.source, j.in_scope,
  (SELECT failure FROM attempt t WHERE t.id = j.last_attempt) AS failure,
  (SELECT key FROM cause c WHERE c.id = j.last_cause) AS cause_key, (SELECT url FROM post p WHERE p.job = j.id AND p.state = 'posted' LIMIT 1) AS url`;
const JOB_TABLES = "job j LEFT JOIN account a ON a.id = j.account";

function readJobs(scope: Scope, filter: JobFilter, { limit, after }: { limit: number; after: number }) {
  const { where, params, isNarrow } = conditions(scope, filter);
  // the `+` keeps SQLite from fetching the whole campaign by its index only to sort it by id, page after page
  const campaign = isNarrow ? "j.campaign" : "+j.campaign";
  const rows = scope.db.all<JobRow>(
    `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} WHERE ${campaign} = ? AND j.id > ? ${where} ORDER BY j.id LIMIT ?`,
    scope.find() ?? 0,
    after,
    ...params,
    limit,
  );
  return { rows, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
}

function conditions(scope: Scope, filter: JobFilter): { where: string; params: Param[]; isNarrow: boolean } {
  const parts: string[] = [];
  const params: Param[] = [];
  const add = (sql: string, value: Param) => {
    parts.push(`AND ${sql}`);
    params.push(value);
  };
  if (filter.states !== undefined)
    add("j.state IN (SELECT value FROM json_each(?))", JSON.stringify(filter.states.flatMap(innerStates)));
  if (filter.category !== undefined) add("j.category = ?", filter.category);
  const cause = filter.cause === undefined ? null : causeRow(scope, filter.cause);
  if (cause !== null) add("j.state NOT IN ('success', 'skipped') AND j.last_cause = ?", cause);
  else if (filter.cause !== undefined) add("j.cause = ?", filter.cause);
  if (filter.account !== undefined) add("a.name = ?", filter.account);
  if (filter.ids !== undefined) add("j.key IN (SELECT value FROM json_each(?))", JSON.stringify(filter.ids));
  return { where: parts.join(" "), params, isNarrow: filter.ids !== undefined || cause !== null };
}

function innerStates(state: JobState): string[] {
  return state === "pending" ? ["pending", "waiting", "parked"] : [state];
}

function viewOf(row: JobRow): JobView {
  wholeOnly(row, `job ${row.key}, or its last attempt,`);
  const failure = row.failure === null ? null : (JSON.parse(row.failure) as Failure);
  const shows = row.state === "failed" || row.state === "unconfirmed" ? failure : null;
  return {
    id: jobId(row.key),
    account: row.account_name,
    platform: row.platform,
    media: row.media,
    caption: row.caption,
    state: shownState(row.state),
    category: row.category,
    cause: row.cause,
    message: shows?.evidence.message ?? null,
    causeId: row.cause_key === null ? null : causeId(row.cause_key),
    heldBy: row.held_by,
    wakeAt: row.wake_at === null ? null : instant(row.wake_at),
    wakeReason: row.wake_reason,
    attempts: row.attempts,
    url: row.url,
    source: row.source,
    priority: row.priority,
    notBefore: row.not_before === null ? null : instant(row.not_before),
    notAfter: row.not_after === null ? null : instant(row.not_after),
    allowRepost: row.allow_repost === 1,
    isInScope: row.in_scope === 1,
  };
}

/** By the remembered hash where there is one, else by the path: as `findTwin` does it for one job. */
function readTwins(scope: Scope): { job: JobId; twin: "duplicate" | "unconfirmed" }[] {
  const open = `j.campaign = ?1 AND j.${IS_OPEN} AND j.allow_repost = 0`;
  const rows = scope.db.all<{ key: string; posted: number }>(
    `SELECT key, max(posted) AS posted FROM (
       SELECT j.key, p.state = 'posted' AS posted FROM job j CROSS JOIN post p ON p.account = j.account AND p.media = j.media AND p.${STANDS}
         LEFT JOIN media m ON m.path = j.media WHERE ${open} AND (p.media_hash IS NULL OR m.hash IS NULL OR p.attempt IS NULL)
       UNION ALL
       SELECT j.key, p.state = 'posted' FROM job j CROSS JOIN media m ON m.path = j.media
         CROSS JOIN post p ON p.account = j.account AND p.media_hash = m.hash AND p.${STANDS} WHERE ${open})
     GROUP BY key`,
    scope.find() ?? 0,
  );
  return rows.map(({ key, posted }) => ({ job: jobId(key), twin: posted === 1 ? "duplicate" : "unconfirmed" }));
}

type AttemptRow = {
  is_whole: number;
  key: string;
  run: string;
  pass: number;
  worker: number;
  device: string | null;
  phase: string;
  step: string;
  started_at: number;
  ended_at: number | null;
  charge: string | null;
  failure: string | null;
  cause_key: string | null;
  url: string | null;
  reason: string | null;
  first_phase: string | null;
  first_failure: string | null;
};

function readJob(scope: Scope, id: string): JobStory | null {
  const row = scope.db.one<JobRow>(
    `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} WHERE j.campaign = ? AND j.key = ?`,
    scope.find() ?? 0,
    id,
  );
  if (row === undefined) return null;
  const attempts = scope.db
    .all<AttemptRow>(
      `SELECT ${isWholeSql("attempt", "t")} AS is_whole, t.key, r.key AS run, t.pass, t.worker, t.device, t.phase, t.step, t.started_at, t.ended_at, t.charge, t.failure, t.url, t.reason, t.first_phase, t.first_failure,
         (SELECT key FROM cause c WHERE c.id = t.cause) AS cause_key
       FROM attempt t JOIN run r ON r.id = t.run WHERE t.job = ? ORDER BY t.id`,
      row.id,
    )
    .map(attemptView);
  const story = { job: viewOf(row), spec: specOf(row), attempts, moves: movesOf(scope.db, row.id) };
  return { ...story, retries: retriesOf(scope, attempts) };
}

function retriesOf(scope: Scope, attempts: readonly AttemptView[]): JobStory["retries"] {
  const runs = [...new Set(attempts.map((a) => a.run))];
  const read = (run: string) => scope.db.one<{ settings: string }>("SELECT settings FROM run WHERE key = ?", run);
  return Object.fromEntries(runs.map((run) => [run, (JSON.parse(read(run)?.settings ?? "{}") as RunSettings).retry]));
}

function attemptView(row: AttemptRow): AttemptView {
  wholeOnly(row, `attempt ${row.key}`);
  const failure = row.failure === null ? null : (JSON.parse(row.failure) as Failure);
  return {
    attempt: attemptId(row.key),
    run: runId(row.run),
    pass: row.pass,
    worker: row.worker,
    device: row.device,
    phase: row.phase,
    step: row.step,
    startedAt: instant(row.started_at),
    endedAt: row.ended_at === null ? null : instant(row.ended_at),
    charge: row.charge,
    failure,
    evidence: failure?.evidence ?? null,
    causeId: row.cause_key === null ? null : causeId(row.cause_key),
    url: row.url,
    reason: row.reason,
    endedAs: row.first_phase ?? row.phase,
    endedOf: row.first_failure === null ? failure : (JSON.parse(row.first_failure) as Failure),
  };
}

type FailureRow = {
  id: number;
  key: string;
  job: string;
  account: string;
  phase: "failed" | "unconfirmed";
  ended_at: number | null;
  failure: string;
};

/** `after` is an attempt's row: pages stay right while others write. */
function readFailures(scope: Scope, { limit, after }: { limit: number; after: number }) {
  const rows = scope.db.all<FailureRow>(
    `SELECT t.id, t.key, j.key AS job, a.name AS account, t.phase, t.ended_at, t.failure
     FROM attempt t CROSS JOIN job j ON j.id = t.job CROSS JOIN account a ON a.id = t.account
     WHERE t.id > ? AND t.phase IN ('failed','unconfirmed') AND t.failure IS NOT NULL AND j.campaign = ? ORDER BY t.id LIMIT ?`,
    after,
    scope.find() ?? 0,
    limit,
  );
  const failures = rows.map((row) => ({
    attempt: attemptId(row.key),
    job: jobId(row.job),
    account: row.account,
    phase: row.phase,
    endedAt: row.ended_at === null ? null : instant(row.ended_at),
    failure: JSON.parse(row.failure) as Failure,
  }));
  return { failures, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}

function readOpen(scope: Scope, { limit, after }: { limit: number; after: number }) {
  // `after` counts rows: the order is the claims' order, not the rows'
  const rows = scope.db.all<SpecRow>(
    `SELECT ${SPEC_COLUMNS} FROM ${JOB_TABLES}
     WHERE j.campaign = ? AND j.state IN ('pending','waiting','parked','deferred','held','failed') AND j.imported = 0
     ORDER BY j.priority DESC, j.id LIMIT ? OFFSET ?`,
    scope.find() ?? 0,
    limit,
    after,
  );
  return {
    jobs: rows.map(specOf),
    next: rows.length === limit ? after + limit : null,
  };
}
