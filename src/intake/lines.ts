// Splits a stream of bytes into lines, in flat memory.
import { ROW_BYTES } from "./raw-row.ts";

/** `bytes` without its line end; `null`: longer than a row may be. */
export type Line = { line: number; bytes: Buffer | null };

const NEW_LINE = 10;
const RETURN = 13;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Yields the lines of each chunk together. Ends: LF or CRLF. A byte order mark at the start is dropped. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 0;
  for await (const chunk of chunks) {
    const found: Line[] = [];
    let from = line === 0 && restBytes === 0 && chunk.subarray(0, 3).equals(BOM) ? 3 : 0;
    for (let at = chunk.indexOf(NEW_LINE, from); at >= 0; at = chunk.indexOf(NEW_LINE, from)) {
      const piece = chunk.subarray(from, at);
      const isLong = restBytes + piece.length > ROW_BYTES + 1;
      found.push({
        line: ++line,
        bytes: isLong ? null : trimmed(restBytes === 0 ? piece : Buffer.concat([...rest, piece])),
      });
      if (restBytes > 0) [rest, restBytes] = [[], 0];
      from = at + 1;
    }
    restBytes += chunk.length - from;
    // Of a line that is too long only its length is kept.
    if (restBytes > ROW_BYTES + 1) rest = [];
    else if (from < chunk.length) rest.push(Buffer.from(chunk.subarray(from)));
    yield found;
  }
  if (restBytes > 0) yield [{ line: line + 1, bytes: restBytes > ROW_BYTES + 1 ? null : trimmed(Buffer.concat(rest)) }];
}

const trimmed = (bytes: Buffer) => (bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes);
