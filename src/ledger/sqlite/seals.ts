// Seals: a short hash in each row of an intent, an outcome or a job's order, written by triggers whoever writes the row, looked at
// whenever such a row is read. SQLite notices most small damage only by chance (one byte: 20 % of 300 trials), and a silently
// changed post row is a second post.
import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../ledger.ts";

/** Sealed tables and the columns that a seal covers. `step` of an attempt and the state of a job are not: they move often and decide nothing alone. */
const SEALED = {
  post: "id, account, media_hash, media, caption_hash, device, job, attempt, state, is_repost, day, intent_at, posted_at, url, baseline, absent_since, look_at, pass, run",
  attempt:
    "id, key, run, pass, job, account, worker, device, fence, phase, as_opaque, day, started_at, ended_at, charge, failure, url, reason, cause, first_phase, first_failure",
  job: "campaign, key, account, platform, media, caption, priority, pool, not_before, not_after, allow_repost, data, digest",
} as const;
export type SealedTable = keyof typeof SEALED;
export const SEALED_TABLES = Object.keys(SEALED) as SealedTable[];

/** Makes `row_seal(...)` known: without it nobody, not even by hand, writes a sealed row. */
export function knowSeals(connection: DatabaseSync): void {
  connection.function("row_seal", { deterministic: true, varargs: true }, (...values) => sealOf(values));
  connection.aggregate("xor_of", { start: 0, step: (sum: number, seal) => xor(sum, Number(seal)) });
}

/** 48 bits: whole as a number of JavaScript and of SQLite. */
function sealOf(values: readonly unknown[]): number {
  return Number.parseInt(hash("sha1", JSON.stringify(values), "hex").slice(0, 12), 16);
}

const HALF = 2 ** 24;
function xor(a: number, b: number): number {
  const high = Math.floor(a / HALF) ^ Math.floor(b / HALF);
  return high * HALF + ((a % HALF) ^ (b % HALF));
}

export const sealedColumns = (table: SealedTable): string => SEALED[table];

/** The seal that a row should have. `row`: alias, NEW or OLD. */
export function sealSql(table: SealedTable, row: string): string {
  return `row_seal(${SEALED[table].replace(/(\w+)/g, `${row}.$1`)})`;
}

/** Selected beside what is read of a row: 1 = the row is as it was written. */
export const isWholeSql = (table: SealedTable, row: string): string => `(${row}.seal IS ${sealSql(table, row)})`;

/** The error that RAISE(ABORT) in the triggers stands for. */
export const DAMAGED_ROW = "damaged row of ";

export function damagedRow(what: string): LedgerError {
  return new LedgerError(
    "damaged",
    `the ledger is damaged: ${what} is not what was written. Look with reprise doctor --ledger, then reprise restore BACKUP`,
  );
}

/** Refuses a row that is not whole. */
export function wholeOnly(row: { is_whole: number } | undefined, what: string): void {
  if (row !== undefined && row.is_whole !== 1) throw damagedRow(what);
}
