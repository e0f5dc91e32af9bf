// Jobs as job files hold them: what `jobs export` writes and an import reads back unchanged.
import { guarded, quoted } from "../core/csv-cell.ts";
import type { JobSpec } from "../core/job.ts";

/** The fields of a row, in the order they are written. */
const FIELDS = [
  "id",
  "account",
  "media",
  "caption",
  "platform",
  "priority",
  "pool",
  "not_before",
  "not_after",
  "allow_repost",
  "data",
] as const;
type Row = Record<(typeof FIELDS)[number], string | number | boolean | Record<string, unknown> | null>;

/** A job as a line of JSONL holds it. */
export function jobFields(spec: JobSpec): Row {
  const { id, account, media, caption, platform, priority, pool, notBefore, notAfter, allowRepost, data } = spec;
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const times = { not_before: iso(notBefore), not_after: iso(notAfter) };
  return { id, account, media, caption, platform, priority, pool, ...times, allow_repost: allowRepost, data };
}

/** The header of the CSV, without its line end. */
export const CSV_HEADER = FIELDS.join(",");

/**
 * One record of CSV, without its line end.
 *
 * @param isGuarded  text that a spreadsheet would take for a formula gets a leading '; an import takes it off again
 */
export function jobRecord(spec: JobSpec, isGuarded: boolean): string {
  const row = jobFields(spec);
  return FIELDS.map((field) => {
    const value = row[field];
    if (typeof value === "string") return quoted(isGuarded ? guarded(value) : value);
    if (value !== null && typeof value === "object")
      return Object.keys(value).length > 0 ? quoted(JSON.stringify(value)) : "";
    return value === null ? "" : String(value);
  }).join(",");
}
