// What form a job file has, told by its content.
import { isUtf8 } from "node:buffer";
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { columnNames } from "./csv-rows.ts";
import { isPriorHeader } from "./prior.ts";
import { IntakeError } from "./raw-row.ts";

export type Form =
  | { form: "folder"; shown: string }
  | { form: "json_lines" | "json_state"; size: number }
  | { form: "csv" | "prior_csv"; delimiter: string; start: number; size: number };

const HEAD_BYTES = 65_536;

/**
 * Recognises a file.
 *
 * @param shown  its name as messages show it
 * Errors: IntakeError for what can't be taken in at all: missing, no file, empty, UTF-16, of no known form.
 */
export async function recognise(path: string, shown: string): Promise<Form> {
  const found = await statOf(path, shown);
  if (found.isDirectory()) return { form: "folder", shown: shown.replace(/(?<=.)\/+$/, "") };
  if (!found.isFile()) throw new IntakeError(shown, "is neither a file nor a folder");
  const { size } = found;
  const head = await headOf(path, shown, size);
  if (isUtf16(head)) throw new IntakeError(shown, "is UTF-16: save it as UTF-8");
  const start = head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  const text = head.toString("utf8", start).trimStart();
  if (text === "") throw new IntakeError(shown, "is empty: it holds no job");
  if (text.startsWith("{")) return { form: isState(text) ? "json_state" : "json_lines", size };
  const delimiter = delimiterOf(text);
  const header = firstRecord(text, delimiter);
  if (isPriorHeader(header)) return { form: "prior_csv", delimiter, start, size };
  const names = columnNames(header);
  if (names.includes("media") || names.includes("video_path")) return { form: "csv", delimiter, start, size };
  if (looksLikeJsonLines(text, shown)) return { form: "json_lines", size };
  throw new IntakeError(shown, unknownForm(head, text));
}

async function statOf(path: string, shown: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw unreadable(shown, error);
  }
}

async function headOf(path: string, shown: string, size: number): Promise<Buffer> {
  try {
    await using file = await open(path);
    const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(shown, error);
  }
}

function unreadable(shown: string, error: unknown): IntakeError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new IntakeError(shown, code === "ENOENT" ? "does not exist" : `can't be read (${code})`, { cause: error });
}

function isUtf16(head: Buffer): boolean {
  if (head.length < 2) return false;
  const mark = head.readUInt16BE(0);
  return mark === 0xfffe || mark === 0xfeff || (head[0] === 0) !== (head[1] === 0);
}

/** A state file holds a list of jobs, on its first line if that is a whole object. */
function isState(text: string): boolean {
  const end = text.indexOf("\n");
  try {
    const first: unknown = JSON.parse(end < 0 ? text : text.slice(0, end));
    return typeof first === "object" && first !== null && "jobs" in first && Array.isArray(first.jobs);
  } catch {
    // One line is no whole value: an object of many lines, or a bad first row.
    return /^\{\s*"(jobs|accounts|settings)"\s*:|"jobs"\s*:\s*\[/.test(text);
  }
}

function delimiterOf(text: string): string {
  const line = /^[^\n]*/.exec(text)?.[0] ?? "";
  const counts = [",", ";", "\t"].map((d) => ({ d, n: line.split(d).length }));
  return counts.sort((a, b) => b.n - a.n)[0]?.d ?? ",";
}

const firstRecord = (text: string, delimiter: string) =>
  (/^[^\r\n]*/.exec(text)?.[0] ?? "").split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

const looksLikeJsonLines = (text: string, shown: string) => /\n\s*\{/.test(text) || /\.(jsonl|ndjson)$/i.test(shown);

function unknownForm(head: Buffer, text: string): string {
  if (text.startsWith("[")) return "is a JSON list: write one job a line (JSONL)";
  if (head.includes(0)) return "is no text: name a job file, or the folder that holds the media";
  if (!isUtf8(head.subarray(0, Math.max(0, head.length - 4)))) return "is no text in UTF-8";
  return "is no job file: it needs one JSON object a line, or a CSV header with a column media (and account)";
}
