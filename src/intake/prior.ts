// What earlier programs wrote: their statuses as outcomes, their 17-column ledger.
import type { PastOutcome } from "../ledger/ledger.ts";
import { type CsvSource, readCsv } from "./csv.ts";
import { columnNames, readCells } from "./csv-rows.ts";
import { instantOf, ROW_FIELDS } from "./job-row.ts";
import { LeftOut } from "./left-out.ts";
import { badRow, type RawRow } from "./raw-row.ts";

/** Columns that tell the 17-column ledger from a CSV of jobs. */
export const isPriorHeader = (cells: readonly string[]) => {
  const names = columnNames(cells);
  return ["job_id", "video_path", "status", "completed_at"].every((n) => names.includes(n));
};

const OPEN = ["", "pending", "retrying", "in_progress", "claimed"];
const POSTED = ["success", "completed", "posted"];

type Entry = Record<string, unknown>;

/** An entry of an earlier program, be it JSON or CSV, as a row. Fields that are none of a job's are left out. */
export function readPriorEntry(line: number, entry: Entry): RawRow {
  const status = entry.status ?? "";
  const fields: Entry = { id: entry.id ?? entry.job_id };
  for (const key of ROW_FIELDS) {
    if (key !== "id" && entry[key] !== undefined && entry[key] !== "") fields[key] = entry[key];
  }
  if (typeof status === "string" && OPEN.includes(status)) return { kind: "row", line, fields, past: null };
  const past = pastOf(String(status), entry);
  if (past === null)
    return badRow(
      line,
      "status",
      `is none of ${[...OPEN.slice(1), ...POSTED, "failed"].join(", ")} (is ${shown(status)})`,
    );
  return { kind: "row", line, fields, past };
}

function pastOf(status: string, entry: Entry): PastOutcome | null {
  if (POSTED.includes(status)) {
    const at = entry.completed_at;
    return { state: "success", at: typeof at === "string" ? instantOf(at) : null, url: textOf(entry.post_url) };
  }
  if (status !== "failed") return null;
  return {
    state: "failed",
    message: textOf(entry.last_error) ?? textOf(entry.error) ?? "failed in an earlier program",
  };
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 40);
const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);

/** Yields the rows of a 17-column ledger in pieces; what other columns it has is told in `warnings`. */
export async function* readPriorCsv(source: CsvSource, warnings: string[]): AsyncGenerator<RawRow[]> {
  let columns: string[] | null = null;
  const leftOut = new LeftOut();
  for await (const records of readCsv(source)) {
    const rows: RawRow[] = [];
    for (const record of records) {
      if (record.kind === "bad") rows.push(record);
      else if (columns === null) {
        columns = columnNames(record.cells);
        leftOut.note(columns.filter((name) => !name.startsWith("data.")));
      } else rows.push(readPriorCells(columns, record));
    }
    yield rows;
  }
  leftOut.tell(warnings);
}

function readPriorCells(columns: readonly string[], record: { line: number; cells: string[] }): RawRow {
  const row = readCells(columns, record);
  if (row.kind === "bad") return row;
  const entry: Entry = {};
  for (const [index, column] of columns.entries()) entry[column] = record.cells[index];
  return readPriorEntry(record.line, { ...entry, ...row.fields });
}
