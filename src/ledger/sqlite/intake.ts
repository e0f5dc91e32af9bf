// Takes jobs in. A tray is a database of its own beside the ledger: nothing is in the campaign before `commit`, memory stays
// flat at any size, and a running orchestrator is never locked out for longer than one batch.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { judge } from "../../core/classify.ts";
import type { Failure } from "../../core/failure.ts";
import { instant } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import type { AccountSettings } from "../../core/settings.ts";
import type { IntakeConflict, IntakeDesk, IntakeReport, IntakeRow, IntakeTray, PastOutcome } from "../ledger.ts";
import { noteCause } from "./causes.ts";
import { Database, type Param } from "./database.ts";
import { specDigest } from "./job-rows.ts";
import { takeAccounts } from "./known-accounts.ts";
import { isRepeat, knownMedia, lastPostAt, pathTwin } from "./posts.ts";
import { ensureAccount, type Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

/** Rows a transaction: some tens of milliseconds, and few enough to die young. */
const BATCH = 250;
/** Import warns when one media file goes to more accounts than this. */
const WIDESPREAD = 5;
const TRAY = `
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE tray (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
  media TEXT NOT NULL, account TEXT, spec TEXT NOT NULL, past TEXT) STRICT;`;

type TrayRow = { seq: number; digest: string; file: string; line: number; spec: string; past: string | null };
type KnownJob = { id: number; digest: string; state: string; attempts: number; account: string | null };

let trays = 0;

export function openIntakeDesk(scope: Scope, ledgerFile: string): IntakeDesk {
  return {
    async open() {
      const folder = join(dirname(ledgerFile), "tmp");
      mkdirSync(folder, { recursive: true });
      dropDeadTrays(folder);
      const file = join(folder, `tray-${process.pid}-${++trays}.db`);
      rmSync(file, { force: true });
      const db = new Database(new DatabaseSync(file));
      db.connection.exec(TRAY);
      return new Tray(scope, db, file);
    },
  };
}

/** Trays of processes that are gone: a crash may leave one, it holds nothing anybody needs. */
function dropDeadTrays(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^tray-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

class Tray implements IntakeTray {
  readonly #scope: Scope;
  readonly #tray: Database;
  readonly #file: string;
  #repeated = 0;

  constructor(scope: Scope, tray: Database, file: string) {
    this.#scope = scope;
    this.#tray = tray;
    this.#file = file;
  }

  async add(rows: readonly IntakeRow[]): Promise<IntakeConflict[]> {
    const conflicts: IntakeConflict[] = [];
    this.#tray.connection.exec("BEGIN");
    for (const row of rows) {
      const conflict = this.#addOne(row);
      if (conflict !== null) conflicts.push(conflict);
    }
    this.#tray.connection.exec("COMMIT");
    return conflicts;
  }

  #addOne({ spec, file, line, past }: IntakeRow): IntakeConflict | null {
    const digest = specDigest(spec);
    const added = this.#tray.run(
      "INSERT INTO tray (id, digest, file, line, media, account, spec, past) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      spec.id,
      digest,
      file,
      line,
      spec.media,
      spec.account,
      JSON.stringify(spec),
      past === null ? null : JSON.stringify(past),
    );
    if (added === 1) return null;
    const earlier = this.#tray.one<{ digest: string; file: string; line: number }>(
      "SELECT digest, file, line FROM tray WHERE id = ?",
      spec.id,
    );
    if (earlier === undefined || earlier.digest === digest) {
      this.#repeated++;
      if (past?.state === "success") this.#takePost({ spec, file, line, past });
      return null;
    }
    return { file, line, id: spec.id, earlier: { file: earlier.file, line: earlier.line } };
  }

  /** One file says that it waits, another one that it was posted: a post stays made, in whatever order they are read. */
  #takePost({ spec, file, line, past }: IntakeRow): void {
    this.#tray.run(
      "UPDATE tray SET past = ?, file = ?, line = ? WHERE id = ? AND coalesce(past ->> '$.state', '') <> 'success'",
      JSON.stringify(past),
      file,
      line,
      spec.id,
    );
  }

  async commit(accounts: readonly AccountSettings[], dailyLimit: number | null): Promise<IntakeReport> {
    const report: IntakeReport = {
      added: 0,
      known: 0,
      updated: [],
      unchanged: [],
      repeated: this.#repeated,
      duplicates: 0,
      widespread: this.#widespread(),
    };
    await this.#scope.write((tx) => {
      const campaign = this.#scope.ensure(tx);
      takeAccounts(tx, campaign, accounts);
      if (dailyLimit !== null) tx.db.run("UPDATE campaign SET daily_limit = ? WHERE id = ?", dailyLimit, campaign);
    });
    for (let after = 0; ; ) {
      const rows = this.#tray.all<TrayRow>(
        "SELECT seq, digest, file, line, spec, past FROM tray WHERE seq > ? ORDER BY seq LIMIT ?",
        after,
        BATCH,
      );
      if (rows.length === 0) break;
      await this.#scope.write((tx) => {
        const campaign = this.#scope.ensure(tx);
        const runs = accountsOfRun(tx, campaign);
        for (const row of rows) takeRow(tx, { campaign, runs, row, scope: this.#scope }, report);
      });
      after = rows.at(-1)?.seq ?? after;
    }
    await this.discard();
    return report;
  }

  #widespread(): IntakeReport["widespread"] {
    return this.#tray
      .all<{ media: string; accounts: number }>(
        "SELECT media, count(DISTINCT account) AS accounts FROM tray GROUP BY media HAVING count(DISTINCT account) > ? ORDER BY accounts DESC LIMIT 100",
        WIDESPREAD,
      )
      .map((row) => ({ ...row }));
  }

  async discard(): Promise<void> {
    this.#tray.close();
    rmSync(this.#file, { force: true });
  }
}

/** Whom the open run posts for (`--accounts`); `null`: everybody, or there is none. */
function accountsOfRun(tx: Tx, campaign: number): ReadonlySet<string> | null {
  const sql = "SELECT settings -> '$.accounts' AS accounts FROM run WHERE campaign = ? AND is_open = 1";
  const said = JSON.parse(tx.db.one<{ accounts: string | null }>(sql, campaign)?.accounts ?? "null") as string[] | null;
  return said === null ? null : new Set(said);
}

/** `runs`: whom the open run posts for. */
type Taking = { campaign: number; runs: ReadonlySet<string> | null; row: TrayRow; scope: Scope };

const isInScope = ({ runs }: Taking, account: string | null): boolean =>
  account === null || runs === null || runs.has(account);

function takeRow(tx: Tx, taking: Taking, report: IntakeReport): void {
  const spec = JSON.parse(taking.row.spec) as JobSpec;
  const known = tx.db.one<KnownJob>(
    "SELECT id, digest, state, attempts, (SELECT name FROM account WHERE id = job.account) AS account FROM job WHERE campaign = ? AND key = ?",
    taking.campaign,
    spec.id,
  );
  if (known === undefined) addJob(tx, taking, spec, report);
  else if (isPostedSince(known, taking.row)) becomePosted(tx, taking, { known, spec }, report);
  else takeAgain(tx, taking, { known, spec }, report);
}

/** Another program has posted it since it came in: it must not be posted again. */
function isPostedSince({ state }: KnownJob, { past }: TrayRow): boolean {
  return past !== null && OPEN_STATES.includes(state) && (JSON.parse(past) as PastOutcome).state === "success";
}

const OPEN_STATES = ["pending", "waiting", "parked", "deferred", "held", "failed"];

function becomePosted(
  tx: Tx,
  taking: Taking,
  { known, spec }: { known: KnownJob; spec: JobSpec },
  report: IntakeReport,
): void {
  report.updated.push(spec.id);
  // what was posted, and by whom, is what its row says now
  const { account } = tx.db.one<{ account: number | null }>(
    `UPDATE job SET ${CONTENT}, state = 'success', imported = 1, category = NULL, cause = NULL, held_by = NULL, wake_at = NULL, wake_reason = NULL
     WHERE id = ? RETURNING account`,
    ...contentOf(tx, taking, { known, spec }),
    known.id,
  ) ?? { account: null };
  const past = JSON.parse(taking.row.past ?? "null") as PastOutcome | null;
  if (past?.state === "success" && account !== null) rememberPost(tx, { job: known.id, account, spec }, past);
}

function takeAgain(
  tx: Tx,
  taking: Taking,
  { known, spec }: { known: KnownJob; spec: JobSpec },
  report: IntakeReport,
): void {
  const { digest } = taking.row;
  if (known.digest === digest) {
    report.known++;
    return;
  }
  const isUntried = known.attempts === 0 && ["pending", "deferred", "held"].includes(known.state);
  (isUntried ? report.updated : report.unchanged).push(spec.id);
  if (!isUntried) return;
  // out of its lane and in again, so that a new priority takes its place
  tx.db.run("UPDATE job SET in_scope = 0 WHERE id = ?", known.id);
  tx.db.run(
    `UPDATE job SET ${CONTENT}, state = iif(${IS_LOOKED_AT_ANEW}, 'pending', state), held_by = iif(${IS_LOOKED_AT_ANEW}, NULL, held_by)
     WHERE id = ?`,
    ...contentOf(tx, taking, { known, spec }),
    known.id,
  );
}

/** What a job's file says of it. A job that was dealt keeps its account while its file names none. */
const CONTENT = `account = coalesce(?1, account), platform = iif(?1 IS NULL AND account IS NOT NULL, platform, ?2), media = ?, caption = ?, priority = ?, pool = ?,
  not_before = ?, not_after = ?, allow_repost = ?, data = ?, digest = ?, in_scope = ?`;

function contentOf({ db }: Tx, taking: Taking, { known, spec }: { known: KnownJob; spec: JobSpec }): Param[] {
  return [
    spec.account === null ? null : ensureAccount(db, spec.platform, spec.account),
    spec.platform,
    spec.media,
    spec.caption,
    spec.priority,
    spec.pool,
    spec.notBefore,
    spec.notAfter,
    spec.allowRepost ? 1 : 0,
    JSON.stringify(spec.data),
    taking.row.digest,
    isInScope(taking, spec.account ?? known.account) ? 1 : 0,
  ];
}

/** What held it back may be over with its new content; if not, its next claim finds that. */
const IS_LOOKED_AT_ANEW =
  "state = 'deferred' OR (state = 'held' AND (held_by = 'twin' OR (held_by = 'account' AND account IS NOT coalesce(?1, account))))";

function addJob(tx: Tx, taking: Taking, spec: JobSpec, report: IntakeReport): void {
  const { campaign, row, scope } = taking;
  const account = spec.account === null ? null : ensureAccount(tx.db, spec.platform, spec.account);
  const past = row.past === null ? null : (JSON.parse(row.past) as PastOutcome);
  const isDuplicate = past === null && account !== null && !spec.allowRepost && pathTwin(tx.db, account, spec.media);
  const fate = fateOf(past, isDuplicate);
  const id = tx.db.insert(
    `INSERT INTO job (campaign, key, account, platform, media, caption, priority, pool, not_before, not_after, allow_repost, data, digest, source, imported,
     state, category, cause, wake_reason, in_scope, seal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, row_seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13))`,
    campaign,
    spec.id,
    account,
    spec.platform,
    spec.media,
    spec.caption,
    spec.priority,
    spec.pool,
    spec.notBefore,
    spec.notAfter,
    spec.allowRepost ? 1 : 0,
    JSON.stringify(spec.data),
    row.digest,
    `${row.file}:${row.line}`,
    past === null ? 0 : 1,
    fate.state,
    fate.failure?.category ?? null,
    fate.failure?.cause ?? null,
    isDuplicate ? "duplicate" : null,
    isInScope(taking, spec.account) ? 1 : 0,
  );
  report.added++;
  if (isDuplicate) {
    report.duplicates++;
    scope.emit(tx, { type: "job.skipped", job: spec.id, account: spec.account, reason: "duplicate" });
  }
  if (past?.state === "success" && account !== null) rememberPost(tx, { job: id, account, spec }, past);
  if (fate.failure === null) return;
  const met = {
    campaign,
    failure: fate.failure,
    job: { id, key: spec.id, media: spec.media, caption: spec.caption },
    account: account === null || spec.account === null ? null : { id: account, name: spec.account },
    device: null,
    run: null,
  };
  tx.db.run("UPDATE job SET last_cause = ? WHERE id = ?", noteCause(tx, met).row, id);
}

function fateOf(past: PastOutcome | null, isDuplicate: boolean): { state: string; failure: Failure | null } {
  if (past?.state === "success") return { state: "success", failure: null };
  if (past?.state === "failed") return { state: "failed", failure: judge({ message: past.message }) };
  return { state: isDuplicate ? "skipped" : "pending", failure: null };
}

/** A post that an earlier program made: known by its path, and by its hash once its media is read. */
export function rememberPost(
  tx: Tx,
  { job, account, spec }: { job: number; account: number; spec: Pick<JobSpec, "media"> },
  past: Extract<PastOutcome, { state: "success" }>,
): void {
  // never before the newest post: a clock set back gives no day twice
  const at = past.at ?? instant(Math.max(tx.now, lastPostAt(tx.db, account) ?? 0));
  const hash = knownMedia(tx.db, spec.media)?.hash ?? null;
  tx.db.run(
    `INSERT INTO post (account, media_hash, media, device, job, attempt, state, is_repost, day, intent_at, posted_at, url)
     VALUES (?, ?, ?, NULL, ?, NULL, 'posted', ?, ?, ?, ?, ?)`,
    account,
    hash,
    spec.media,
    job,
    isRepeat(tx.db, { account, hash, attempt: null }) ? 1 : 0,
    new Date(at).toISOString().slice(0, 10), // told by its time where it counts: the zone may be another one then
    at,
    at,
    past.url,
  );
}
