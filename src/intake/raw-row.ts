import type { PastOutcome } from "../ledger/ledger.ts";

/**
 * A row as a reader found it, or why it could not be read. Lines count from 1; a row of many lines has its first.
 * `file`: where it stands in a folder of files, as messages show it.
 */
export type RawRow =
  | { kind: "row"; line: number; fields: Record<string, unknown>; past: PastOutcome | null; file?: string }
  | BadRawRow;
export type BadRawRow = {
  kind: "bad";
  line: number;
  field: string | null;
  reason: string;
  file?: string;
  /** Of a header: without it every row would be read wrongly, so it can't be skipped. */
  isHeader?: true;
};

export const badRow = (line: number, field: string | null, reason: string): BadRawRow => ({
  kind: "bad",
  line,
  field,
  reason,
});

/** Longest row, in bytes. */
export const ROW_BYTES = 1_000_000;
export const TOO_LONG = "is longer than 1 MB";
export const NOT_UTF8 = "is not UTF-8: save the file as UTF-8";

/** A job file that can't be taken in at all; the message is one line that begins with its name. */
export class IntakeError extends Error {
  readonly file: string;
  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${file} ${message}`, options);
    this.name = "IntakeError";
    this.file = file;
  }
}
