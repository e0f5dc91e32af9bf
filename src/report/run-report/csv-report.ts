// A run's jobs as CSV for a spreadsheet: guarded, so that no caption becomes a formula.
import { guarded, quoted } from "../../core/csv-cell.ts";
import type { JobRow } from "./job-row.ts";

const COLUMNS = [
  ["job", (r) => r.job],
  ["account", (r) => r.account],
  ["platform", (r) => r.platform],
  ["status", (r) => r.status],
  ["category", (r) => r.category],
  ["cause", (r) => r.cause],
  ["attempts", (r) => r.attempts],
  ["seconds", (r) => r.durationMs / 1000],
  ["ended_at", (r) => r.endedAt],
  ["url", (r) => r.url],
  ["media", (r) => r.media],
  ["caption", (r) => r.caption],
  ["message", (r) => r.message],
] as const satisfies [name: string, value: (row: JobRow) => string | number][];

/** The header, without its line end. */
export const REPORT_CSV_HEADER = COLUMNS.map(([name]) => name).join(",");

/** One record, without its line end. */
export function csvRow(row: JobRow): string {
  return COLUMNS.map(([, value]) => {
    const cell = value(row);
    return typeof cell === "number" ? String(cell) : quoted(guarded(cell));
  }).join(",");
}
