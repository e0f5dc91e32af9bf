// A look at a ledger file for the doctor: read-only, for a process that holds no other handle on it.
import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../ledger.ts";
import { APPLICATION_ID, Database, ledgerError, logLost } from "./database.ts";
import { countFaults, rowFaults } from "./faults.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import { hasLostLog } from "./open-note.ts";

/** `pages`: whether SQLite can read it. `rows`: whether intents, outcomes and orders are those that were written. `all`: counts too. */
export type Depth = "pages" | "rows" | "all";

export type LedgerInspection = {
  bytes: number;
  /** Time of the newest event; `null`: there is none. */
  newestAt: number | null;
  /** What is damaged, in SQLite's words and ours; cause before consequence. */
  faults: string[];
};

const MOST_FAULTS = 10;

/**
 * Looks whether a ledger is sound.
 *
 * @param depth  `rows` and `all` read every page, index and seal: a second for each 50,000 jobs
 * @returns `null`: there is none
 * @throws LedgerError `foreign`, `newer`, `damaged`, `busy`, `disk`: what is wrong with the file as a whole
 */
export function inspectLedger(file: string, depth: Depth): LedgerInspection | null {
  if (!existsSync(file)) return null;
  const { size } = statSync(file);
  try {
    const db = openToRead(file);
    try {
      const faults = pageFaults(db, depth);
      if (depth !== "pages") faults.push(...rowFaults(db));
      if (depth === "all") faults.push(...countFaults(db));
      const newest = db.one<{ ts: number | null }>("SELECT max(ts) AS ts FROM event");
      return { bytes: size, newestAt: newest?.ts ?? null, faults };
    } finally {
      db.close();
    }
  } catch (error) {
    throw ledgerError(error, file);
  }
}

/** @throws LedgerError `foreign`, `newer`, `damaged` (its log is lost); SQLite's own errors */
export function openToRead(file: string): Database {
  if (statSync(file).size === 0)
    throw new LedgerError(
      "foreign",
      `${file} is empty: not a ledger (jobs would look forgotten); restore a backup: reprise restore BACKUP`,
    );
  const db = new Database(new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
  try {
    checkKind(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether any job was ever taken in. A ledger that can't be read counts as one with jobs: who opens it is told what is wrong. */
export function holdsJobs(file: string): boolean {
  try {
    const db = openToRead(file);
    try {
      return db.one("SELECT 1 AS x FROM job LIMIT 1") !== undefined;
    } finally {
      db.close();
    }
  } catch {
    return true;
  }
}

function checkKind(db: Database, file: string): void {
  const id = db.one<{ application_id: number }>("PRAGMA application_id")?.application_id;
  const version = db.one<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  if (id !== APPLICATION_ID)
    throw new LedgerError("foreign", `${file} is another program's database; name another folder with --state-dir`);
  if (version > MIGRATIONS.length)
    throw new LedgerError("newer", `${file} was written by a newer reprise (schema ${version}); upgrade reprise`);
  if (version >= NOTES_SINCE && hasLostLog(db.connection, file)) throw logLost(file);
}

/** The schema that has the note of a ledger in use. */
const NOTES_SINCE = 7;

function pageFaults(db: Database, depth: Depth): string[] {
  const check = depth === "pages" ? "quick_check" : "integrity_check";
  return db
    .all<Record<string, string>>(`PRAGMA ${check}(${MOST_FAULTS})`)
    .map((row) => Object.values(row)[0] ?? "")
    .filter((text) => text !== "ok");
}
