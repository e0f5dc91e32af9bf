// One SQLite connection: opened with care, statements prepared once, errors turned into ours.
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { LedgerError } from "../ledger.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import { hasLostLog, isNoted, letGo, logOf } from "./open-note.ts";
import { DAMAGED_ROW, damagedRow, knowSeals } from "./seals.ts";

/** "rprs": tells our ledgers from other programs' databases. */
export const APPLICATION_ID = 0x72707273;
/** Blocks the event loop at most so long; the writer goes on waiting without blocking. */
const BUSY_TIMEOUT_MS = 50;
const SQLITE_BUSY = 5;
/** RAISE(ABORT) of a trigger. */
const SQLITE_CONSTRAINT_TRIGGER = 1811;
const PRIMARY_CODE = 0xff;

export type Param = SQLInputValue;

/** Runs SQL with statements prepared once. Tables are STRICT, so a row has the types its schema says: `T` is trusted here. */
export class Database {
  readonly connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.connection = connection;
    knowSeals(connection);
  }
  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const fresh = this.connection.prepare(sql);
    this.#statements.set(sql, fresh);
    return fresh;
  }
  one<T>(sql: string, ...params: Param[]): T | undefined {
    return this.#prepared(sql).get(...params) as T | undefined;
  }
  all<T>(sql: string, ...params: Param[]): T[] {
    return this.#prepared(sql).all(...params) as T[];
  }
  /** @returns rows changed */
  run(sql: string, ...params: Param[]): number {
    return Number(this.#prepared(sql).run(...params).changes);
  }
  /** @returns the new row's id */
  insert(sql: string, ...params: Param[]): number {
    return Number(this.#prepared(sql).run(...params).lastInsertRowid);
  }
  close(): void {
    this.#statements.clear();
    if (this.connection.isOpen) this.connection.close();
  }
}

/**
 * Opens a ledger file.
 *
 * @throws LedgerError `missing`, `foreign` (empty file, another program's), `newer`, `damaged` (also: its log is lost), `busy`
 */
export function openDatabase(file: string, how: "create" | "existing"): Database {
  if (!existsSync(file)) {
    if (how === "existing") throw new LedgerError("missing", `no ledger at ${file}`);
    if (existsSync(logOf(file)) && !existsSync(file)) throw logAlone(file);
    guarded(file, () => makeFile(file));
  } else if (statSync(file).size === 0) throw emptyFile(file);
  const connection = guarded(file, () => new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS }));
  const db = new Database(connection);
  try {
    guarded(file, () => {
      patiently(() => checkOwner(db, file));
      patiently(() => connection.exec(PRAGMAS));
      migrate(db);
      if (hasLostLog(connection, file)) throw logLost(file);
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Closes a handle of `openDatabase`. `wrote`: through it. */
export function closeDatabase(db: Database, file: string, wrote: boolean): void {
  if (!db.connection.isOpen) return;
  if (wrote) letGo(db.connection);
  const isStillNoted = isNoted(db.connection);
  db.close();
  if (!isStillNoted || existsSync(logOf(file)) || !existsSync(file)) return;
  // the last one out, after a crash: all is in the file now, and it says so
  const again = new Database(new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS }));
  letGo(again.connection);
  again.close();
}

const PRAGMAS =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864";

/** Made whole under another name first: neither a kill -9 nor two that begin at once leave half a ledger under this one. */
function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, "wx", 0o600)); // captions and accounts are nobody else's
  const db = new Database(new DatabaseSync(draft));
  try {
    db.connection.exec(PRAGMAS);
    migrate(db);
  } finally {
    db.close();
  }
  putInPlace(draft, file);
  rmSync(draft, { force: true });
}

function putInPlace(draft: string, file: string): void {
  for (const put of [linkSync, (from: string, to: string) => copyFileSync(from, to, constants.COPYFILE_EXCL)]) {
    try {
      put(draft, file);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return; // another process was first
      if (put !== linkSync || !NO_LINKS.includes(String(code))) throw error;
    }
  }
}

/** What a file system says that knows no hard links. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

function logAlone(file: string): LedgerError {
  return new LedgerError(
    "missing",
    `${file} is gone, yet its log ${logOf(file)} is there: put the ledger back, or restore a backup: reprise restore BACKUP`,
  );
}

export function logLost(file: string): LedgerError {
  const log = logOf(file);
  return new LedgerError(
    "damaged",
    `${log} is missing: the newest entries were in it, and posts may be made twice without them. Put it back beside the ledger, or restore a backup: reprise restore BACKUP (reprise restore ${file} takes the file as it is)`,
  );
}

function emptyFile(file: string): LedgerError {
  return new LedgerError(
    "foreign",
    `${file} is empty: not a ledger (jobs would look forgotten); restore a backup: reprise restore BACKUP, or move it away to begin anew`,
  );
}

function checkOwner(db: Database, file: string): void {
  const { application_id } = db.one<{ application_id: number }>("PRAGMA application_id") ?? { application_id: 0 };
  if (application_id !== APPLICATION_ID && !isUnborn(db)) {
    throw new LedgerError("foreign", `${file} is another program's database; name another folder with --state-dir`);
  }
  const version = versionOf(db);
  if (version > MIGRATIONS.length) {
    throw new LedgerError(
      "newer",
      `${file} was written by a newer reprise (schema ${version}, this one knows ${MIGRATIONS.length}); upgrade reprise`,
    );
  }
}

/** Killed between making the file and its first transaction: nothing was ever in it. */
function isUnborn(db: Database): boolean {
  return versionOf(db) === 0 && (db.one<{ n: number }>("SELECT count(*) AS n FROM sqlite_schema")?.n ?? 1) === 0;
}

function versionOf(db: Database): number {
  return db.one<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
}

function migrate(db: Database): void {
  if (patiently(() => versionOf(db)) === MIGRATIONS.length) return;
  patiently(() => db.connection.exec("BEGIN IMMEDIATE"));
  try {
    // again, under the lock: another process may have done it
    for (let next = versionOf(db); next < MIGRATIONS.length; next++) db.connection.exec(MIGRATIONS[next] ?? "");
    db.connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    db.connection.exec("COMMIT");
  } catch (error) {
    if (db.connection.isTransaction) db.connection.exec("ROLLBACK");
    throw error;
  }
}

/** At start only: a few tries, each blocking for the busy time-out or a moment. */
function patiently<T>(work: () => T): T {
  for (let tries = 0; ; tries++) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || tries >= 100) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ledgerError(error, file);
  }
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_BUSY;
}

/** SQLite's primary result code of a driver's error; 0 = not one. */
function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & PRIMARY_CODE : 0;
}

/** A driver's error in our words; ours and bugs pass unchanged. */
export function ledgerError(error: unknown, file: string): unknown {
  if (error instanceof LedgerError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (typeof (error as NodeJS.ErrnoException | null)?.syscall === "string")
    return new LedgerError("disk", `could not write ${file}: ${text}`, { cause: error });
  if ((error as { errcode?: unknown } | null)?.errcode === SQLITE_CONSTRAINT_TRIGGER && text.startsWith(DAMAGED_ROW))
    return damagedRow(`a row of ${text.slice(DAMAGED_ROW.length)}`);
  // no number of ours is that large
  if ((error as { code?: unknown } | null)?.code === "ERR_OUT_OF_RANGE") return damagedRow(`a number (${text})`);
  switch (sqliteCode(error)) {
    case SQLITE_BUSY:
      return new LedgerError("busy", `${file} is in use by another program: ${text}`, { cause: error });
    case 11:
      return new LedgerError("damaged", `${file} is damaged: ${text}; restore a backup: reprise restore BACKUP`, {
        cause: error,
      });
    case 26:
      return new LedgerError("foreign", `${file} is not a ledger: ${text}; name another folder with --state-dir`, {
        cause: error,
      });
    case 8:
    case 10:
    case 13:
    case 14:
      return new LedgerError("disk", `could not write ${file}: ${text}`, { cause: error });
    default:
      return error;
  }
}
