// JSONL: one job a line.
import { isUtf8 } from "node:buffer";
import { linesOf } from "./lines.ts";
import { badRow, NOT_UTF8, type RawRow, TOO_LONG } from "./raw-row.ts";

/** Yields the rows of each chunk together; blank lines are left out. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRow[]> {
  for await (const lines of linesOf(chunks)) {
    const rows: RawRow[] = [];
    for (const { line, bytes } of lines) {
      const row = bytes === null ? badRow(line, null, TOO_LONG) : readLine(line, bytes);
      if (row !== null) rows.push(row);
    }
    yield rows;
  }
}

function readLine(line: number, bytes: Buffer): RawRow | null {
  if (!isUtf8(bytes)) return badRow(line, null, NOT_UTF8);
  return readJsonRow(line, bytes.toString("utf8"));
}

/** Reads one job from JSON text; `null`: the text is blank. */
export function readJsonRow(line: number, text: string): RawRow | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === "") return null;
    if (text.includes("\0")) return badRow(line, null, "holds NUL bytes");
    return badRow(line, null, `is not JSON: ${error instanceof Error ? oneLine(error.message) : ""}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return badRow(line, null, 'is not a JSON object such as {"account":"anna","media":"a.mp4"}');
  }
  return { kind: "row", line, fields: value as Record<string, unknown>, past: null };
}

const oneLine = (text: string) => text.replace(/\p{Cc}+/gu, " ").slice(0, 160);
