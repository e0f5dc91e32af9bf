// Copies of a ledger by SQLite's own means. A plain copy of a file in use is torn, and reading it otherwise from a process that has
// it open would drop that process's locks.
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../ledger.ts";
import { Database, ledgerError } from "./database.ts";
import { inspectLedger, type LedgerInspection, openToRead } from "./inspect.ts";
import { letGo, logOf } from "./open-note.ts";

/**
 * Copies a ledger, in use or not, into a new file: whole or not at all, on disk when it returns.
 *
 * @throws LedgerError `damaged` where an intent, an outcome or an order is not what was written; `disk`
 */
export function copyWhole(from: string, to: string): LedgerInspection {
  const part = `${to}.part`;
  try {
    rmSync(part, { force: true });
    closeSync(openSync(part, "wx", 0o600));
    vacuumInto(new Database(new DatabaseSync(from, { readOnly: true, timeout: 5_000 })), part);
    const found = soundOnly(part);
    flush(part);
    renameSync(part, to);
    flush(dirname(to));
    return found;
  } catch (error) {
    rmSync(part, { force: true });
    throw inWordsOf(ledgerError(error, from), part, from);
  }
}

/** People know the file that they named. */
function inWordsOf(error: unknown, part: string, from: string): unknown {
  if (!(error instanceof LedgerError) || !error.message.includes(part)) return error;
  return new LedgerError(error.code, error.message.replaceAll(part, from), { cause: error });
}

/**
 * Copies a ledger, in use or not, for a look by this process alone.
 *
 * @throws LedgerError `foreign`, `newer`, `damaged` (also: its log is lost), `busy`, `disk`
 */
export function copyToRead(from: string, to: string): void {
  try {
    vacuumInto(openToRead(from), to);
  } catch (error) {
    throw ledgerError(error, from);
  }
}

/** Closes `source`. */
function vacuumInto(source: Database, part: string): void {
  try {
    source.run("VACUUM INTO ?", part);
  } finally {
    source.close();
  }
  const copy = new Database(new DatabaseSync(part));
  letGo(copy.connection); // nobody has the copy open, and it has no log
  copy.close();
}

/** @throws LedgerError unless a ledger is one to post from */
export function soundOnly(file: string): LedgerInspection {
  const found = inspectLedger(file, "rows");
  if (found === null) throw new LedgerError("missing", `no file at ${file}`);
  const [first] = found.faults;
  if (first !== undefined) throw new LedgerError("damaged", `${file} is damaged: ${first}; take an older backup`);
  return found;
}

/** The id that marks the processes of a ledger. */
export function idOf(file: string): string {
  const db = new Database(new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
  try {
    return db.one<{ value: string }>("SELECT value FROM ledger WHERE key = 'id'")?.value ?? "";
  } finally {
    db.close();
  }
}

/** Puts `whole` in the place of the ledger, which is kept with its log under another name. Nobody may have it open. */
export function exchange(file: string, whole: string, aside: string): void {
  for (const end of ["", "-wal"])
    if (statSync(`${file}${end}`, { throwIfNoEntry: false })) linkSync(`${file}${end}`, `${aside}${end}`);
  // a kill between these two leaves a ledger without its log: refused, not forgotten
  for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  renameSync(whole, file);
  flush(dirname(file));
}

/** Posts made, or perhaps made, after an instant; `null` = it can't be read. */
export function postsSince(file: string, at: number): number | null {
  if (
    statSync(logOf(file), { throwIfNoEntry: false }) === undefined &&
    statSync(file, { throwIfNoEntry: false }) === undefined
  )
    return null;
  try {
    const db = new Database(new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
    try {
      const sql = "SELECT count(*) AS n FROM post WHERE state <> 'void' AND coalesce(posted_at, intent_at) > ?";
      return db.one<{ n: number }>(sql, at)?.n ?? 0;
    } finally {
      db.close();
    }
  } catch {
    return null; // damaged: that is why it is exchanged
  }
}

function flush(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
