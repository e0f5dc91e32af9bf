// A look at a ledger file for the doctor: read-only, for a process that holds no other handle on it.
import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../ledger.ts";
import { APPLICATION_ID, Database, ledgerError } from "./database.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";

export type LedgerInspection = {
  bytes: number;
  /** Time of the newest event; `null`: there is none. */
  newestAt: number | null;
  /** What is damaged, in SQLite's words and ours. */
  faults: string[];
};

const MOST_FAULTS = 10;

/**
 * Looks whether a ledger is sound.
 *
 * @param isThorough  reads every page and index, and counts jobs again; minutes for millions of jobs
 * @returns `null`: there is none
 * @throws LedgerError `foreign`, `newer`, `damaged`, `busy`, `disk`: what is wrong with the file as a whole
 */
export function inspectLedger(file: string, isThorough: boolean): LedgerInspection | null {
  if (!existsSync(file)) return null;
  const { size } = statSync(file);
  if (size === 0)
    throw new LedgerError(
      "foreign",
      `${file} is empty: not a ledger (jobs would look forgotten); restore it from a backup`,
    );
  try {
    const db = new Database(new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
    try {
      checkKind(db, file);
      const faults = [...pageFaults(db, isThorough), ...(isThorough ? countFaults(db) : [])];
      const newest = db.one<{ ts: number | null }>("SELECT max(ts) AS ts FROM event");
      return { bytes: size, newestAt: newest?.ts ?? null, faults };
    } finally {
      db.close();
    }
  } catch (error) {
    throw ledgerError(error, file);
  }
}

function checkKind(db: Database, file: string): void {
  const id = db.one<{ application_id: number }>("PRAGMA application_id")?.application_id;
  const version = db.one<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  if (id !== APPLICATION_ID)
    throw new LedgerError("foreign", `${file} is another program's database; name another folder with --state-dir`);
  if (version > MIGRATIONS.length)
    throw new LedgerError("newer", `${file} was written by a newer reprise (schema ${version}); upgrade reprise`);
}

function pageFaults(db: Database, isThorough: boolean): string[] {
  const check = isThorough ? "integrity_check" : "quick_check";
  return db
    .all<Record<string, string>>(`PRAGMA ${check}(${MOST_FAULTS})`)
    .map((row) => Object.values(row)[0] ?? "")
    .filter((text) => text !== "ok");
}

/** The standing that readers see, against the jobs themselves; and rows that point nowhere. */
function countFaults(db: Database): string[] {
  const jobs = db.one<{ n: number }>("SELECT count(*) AS n FROM job")?.n ?? 0;
  const told = db.one<{ n: number | null }>("SELECT sum(n) AS n FROM tally")?.n ?? 0;
  const lost = db.all("PRAGMA foreign_key_check").length;
  return [
    ...(jobs === told ? [] : [`the standing counts ${told} jobs, there are ${jobs}`]),
    ...(lost === 0 ? [] : [`rows that point to rows that are gone: ${lost}`]),
  ];
}
