// Takes job files in: every row is read, checked and laid in the tray, or listed as bad; nothing stops at the first.
import { createReadStream } from "node:fs";
import { dirname, resolve } from "node:path";
import { err } from "../core/result.ts";
import type { AccountSettings } from "../core/settings.ts";
import type { IntakeRow, IntakeTray } from "../ledger/ledger.ts";
import { readCsvRows } from "./csv-rows.ts";
import { readFolder } from "./folder.ts";
import { type RowPlace, readJobRow } from "./job-row.ts";
import { readJsonLines } from "./json-lines.ts";
import { readJsonState, type StateExtras } from "./json-state.ts";
import { isWindowsPath, type MediaMap } from "./media-path.ts";
import { readPriorCsv } from "./prior.ts";
import type { RawRow } from "./raw-row.ts";
import { type Form, recognise } from "./recognise.ts";

export { IntakeError } from "./raw-row.ts";

/** `file` as the user wrote it; `field` null: the whole row. */
export type BadRow = { file: string; line: number; field: string | null; reason: string };

export type TakenIn = {
  /** Good rows laid in the tray. */
  rows: number;
  /** The first 10,000; `badCount` counts all. */
  bad: BadRow[];
  badCount: number;
  /** Of those, faults of a header: they can't be skipped, every row would be read wrongly. */
  badHeaders: number;
  /** Accounts, and posts per account and day, that a state file names. */
  accounts: AccountSettings[];
  dailyLimit: number | null;
  warnings: string[];
};

/** Small, as CHUNK_BYTES is: rows that outlive a collection make V8 grow its young space, to 134 MB with 1,000 (2026-11-23). */
const BATCH = 200;
const CHUNK_BYTES = 64 * 1024;
const BAD_KEPT = 10_000;

/**
 * Reads job files into a tray, in flat memory.
 *
 * @param options.cwd  where relative names of job files start; media paths start at their job file's folder
 * @param options.stop  breaks it off: rejects with its reason
 * Errors: IntakeError for a file that can't be taken in at all; those of the tray.
 */
export async function takeIn(
  files: readonly string[],
  tray: Pick<IntakeTray, "add">,
  options: { mediaMap: MediaMap; cwd: string; stop?: AbortSignal },
): Promise<TakenIn> {
  const intake = new Intake(tray);
  const forms: { shown: string; path: string; form: Form }[] = [];
  for (const shown of files) {
    const path = resolve(options.cwd, shown);
    forms.push({ shown, path, form: await recognise(path, shown) });
  }
  for (const { shown, path, form } of forms) {
    const before = intake.seen;
    const place = { folder: dirname(path), mediaMap: options.mediaMap };
    for await (const rows of readerOf(path, form, intake.taken)) {
      options.stop?.throwIfAborted();
      for (const row of rows) {
        intake.take(row.file ?? shown, row, place);
        if (intake.isFull) await intake.flush();
      }
    }
    if (intake.seen === before) intake.taken.warnings.push(`${shown} holds no job`);
  }
  await intake.flush();
  return intake.end(files);
}

function readerOf(path: string, form: Form, extras: StateExtras): AsyncGenerator<RawRow[]> {
  const chunks = () => createReadStream(path, { highWaterMark: CHUNK_BYTES });
  switch (form.form) {
    case "folder":
      return readFolder({ path, shown: form.shown }, extras.warnings);
    case "json_lines":
      return readJsonLines(chunks());
    case "json_state":
      return readJsonState(chunks(), extras);
    case "csv":
      return readCsvRows({ path, ...form }, extras.warnings);
    case "prior_csv":
      return readPriorCsv({ path, ...form }, extras.warnings);
  }
}

class Intake {
  readonly taken: TakenIn = {
    rows: 0,
    bad: [],
    badCount: 0,
    badHeaders: 0,
    accounts: [],
    dailyLimit: null,
    warnings: [],
  };
  private readonly tray: Pick<IntakeTray, "add">;
  private batch: IntakeRow[] = [];
  private windowsPaths = 0;
  /** Rows so far, good or bad. */
  seen = 0;

  constructor(tray: Pick<IntakeTray, "add">) {
    this.tray = tray;
  }

  get isFull(): boolean {
    return this.batch.length >= BATCH;
  }

  take(file: string, row: RawRow, place: RowPlace): void {
    this.seen++;
    const read = row.kind === "bad" ? err(row) : readJobRow(row.fields, place);
    if (!read.ok) {
      if (row.kind === "bad" && row.isHeader === true) this.taken.badHeaders++;
      this.refuse({ file, line: row.line, field: read.error.field, reason: read.error.reason });
      return;
    }
    if (isWindowsPath(read.value.media)) this.windowsPaths++;
    const past = row.kind === "row" ? row.past : null;
    this.batch.push({ spec: read.value, file, line: row.line, past });
  }

  async flush(): Promise<void> {
    const batch = this.batch;
    if (batch.length === 0) return;
    this.batch = [];
    const conflicts = await this.tray.add(batch);
    this.taken.rows += batch.length - conflicts.length;
    for (const { file, line, id, earlier } of conflicts) {
      const reason = `"${id}" is already that of another job, with other content, at ${earlier.file}:${earlier.line}`;
      this.refuse({ file, line, field: "id", reason });
    }
  }

  /** Bad rows in the order of the files: conflicts came in late. */
  end(files: readonly string[]): TakenIn {
    const order = (bad: BadRow) =>
      files.findIndex((f) => bad.file === f || bad.file.startsWith(`${f.replace(/\/+$/, "")}/`));
    this.taken.bad.sort((a, b) => order(a) - order(b) || a.line - b.line);
    if (this.windowsPaths > 0 && process.platform !== "win32") {
      this.taken.warnings.push(
        `media of ${this.windowsPaths === 1 ? "1 job lies" : `${this.windowsPaths} jobs lie`} on a Windows drive or share: rewrite with --media-map 'C:\\vids=/mnt/vids'`,
      );
    }
    return this.taken;
  }

  private refuse(bad: BadRow): void {
    this.taken.badCount++;
    if (this.taken.bad.length < BAD_KEPT) this.taken.bad.push(bad);
  }
}
