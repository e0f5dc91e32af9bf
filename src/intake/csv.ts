// CSV with a header line. Rows that hand edits broke are told one by one; reading goes on at the next line.
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { type Info, type Parser, parse } from "csv-parse";
import { Place } from "./place.ts";
import { type BadRawRow, badRow, NOT_UTF8, ROW_BYTES, TOO_LONG } from "./raw-row.ts";

/** `start`: first byte after a byte order mark, which the parser would stumble over when it gives bytes. */
export type CsvSource = { path: string; delimiter: string; start: number; size: number };
/** One record: its first line and its cells. */
type CsvRecord = { kind: "cells"; line: number; cells: string[] };
type Found = CsvRecord | BadRawRow;

/** Yields the records of each piece of the file together; blank lines are left out. */
export async function* readCsv(source: CsvSource): AsyncGenerator<Found[]> {
  let place = new Place(source.start, 0);
  while (place.at < source.size) {
    const broken: { reason: string | null } = { reason: null };
    yield* readFrom(source, place, broken);
    if (broken.reason === null) return;
    yield [badRow(place.line + 1, null, broken.reason)];
    place = await place.afterNextLine(source.path);
  }
}

/** Reads up to the end or the first record that is no CSV; `place` then stands before it. */
async function* readFrom(source: CsvSource, place: Place, broken: { reason: string | null }): AsyncGenerator<Found[]> {
  const start = place.at;
  let found: Found[] = [];
  const onRecord = (cells: Buffer[], info: Info) => {
    const line = place.line + 1;
    place.advance(start + info.bytes);
    const record = readRecord(line, cells);
    if (record !== null) found.push(record);
    return null; // nothing to keep in the parser
  };
  const parser = parse({
    encoding: null,
    delimiter: source.delimiter,
    relax_column_count: true,
    max_record_size: ROW_BYTES,
    on_record: onRecord as never, // its type knows records of text only
  });
  parser.on("error", () => {}); // told by `feed`
  try {
    for await (const chunk of createReadStream(source.path, { start, highWaterMark: 256 * 1024 })) {
      place.feed(chunk);
      broken.reason = await feed(parser, chunk);
      yield found;
      found = [];
      if (broken.reason !== null) return;
    }
    broken.reason = await feed(parser, null);
    yield found;
  } finally {
    parser.destroy();
  }
}

/** `null` as chunk ends the file. @returns what is wrong with the record being read; `null` = nothing */
function feed(parser: Parser, chunk: Buffer | null): Promise<string | null> {
  return new Promise((resolve) => {
    const done = (error?: Error | null) => resolve(error ? reasonOf(error) : null);
    parser.once("error", done);
    const fed = () => {
      parser.off("error", done);
      done(parser.errored);
    };
    if (chunk === null) {
      parser.once("finish", fed);
      parser.end();
    } else parser.write(chunk, fed);
  });
}

function reasonOf(error: Error & { code?: string }): string {
  switch (error.code) {
    case "CSV_MAX_RECORD_SIZE":
      return TOO_LONG;
    case "CSV_QUOTE_NOT_CLOSED":
      return 'opens a quote (") that nothing closes';
    default:
      return 'has a quote (") in the wrong place: quote the whole cell and double the quotes inside';
  }
}

function readRecord(line: number, cells: Buffer[]): Found | null {
  if (cells.length === 1 && cells[0]?.length === 0) return null;
  const texts: string[] = [];
  for (const cell of cells) {
    if (!isUtf8(cell)) return badRow(line, null, NOT_UTF8);
    texts.push(cell.toString("utf8"));
  }
  return texts.every((t) => t.trim() === "") ? null : { kind: "cells", line, cells: texts };
}
