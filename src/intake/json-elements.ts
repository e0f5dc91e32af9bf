// Streams the members of one big JSON object, and the elements of its lists, in flat memory.
import { isUtf8 } from "node:buffer";
import { NOT_UTF8, ROW_BYTES, TOO_LONG } from "./raw-row.ts";

/** A member's value, or one element of a member that is a list. `text` is JSON, not yet parsed; else `fault` says why not. */
export type JsonElement = { key: string; isElement: boolean; line: number } & Text;
type Text = { text: string; fault: null } | { text: null; fault: string };

const CODE = {
  newLine: 10,
  quote: 34,
  comma: 44,
  colon: 58,
  openList: 91,
  backslash: 92,
  closeList: 93,
  open: 123,
  close: 125,
};

/**
 * Yields the elements of each chunk together.
 *
 * @param lists  members whose elements are wanted one by one
 * @returns whether the object was closed
 */
export async function* jsonElements(
  chunks: AsyncIterable<Buffer>,
  lists: readonly string[],
): AsyncGenerator<JsonElement[], boolean> {
  const scanner = new Scanner(lists);
  for await (const chunk of chunks) yield scanner.scan(chunk);
  return scanner.depth === 0 && scanner.hasBegun;
}

class Scanner {
  depth = 0;
  hasBegun = false;
  private readonly lists: readonly string[];
  private found: JsonElement[] = [];
  private line = 1;
  private key = "";
  private isKeyNext = true;
  private isString = false;
  private isEscaped = false;
  private isInList = false;
  /** Depth at which the value now being kept began; -1 = none is. */
  private keptAt = -1;
  private keptLine = 1;
  private from = 0;
  private pieces: Buffer[] = [];
  private kept = 0;

  constructor(lists: readonly string[]) {
    this.lists = lists;
  }

  scan(chunk: Buffer): JsonElement[] {
    this.found = [];
    this.from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk[at] as number;
      if (this.isString) this.inString(code, chunk, at);
      else if (code === CODE.newLine) this.line++;
      else if (code > 32) this.outside(code, chunk, at);
    }
    if (this.keptAt >= 0) this.keep(chunk, chunk.length);
    return this.found;
  }

  private inString(code: number, chunk: Buffer, at: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (code === CODE.backslash) this.isEscaped = true;
    else if (code === CODE.quote) {
      this.isString = false;
      if (this.keptAt === this.depth) this.finish(chunk, at + 1);
    }
  }

  private outside(code: number, chunk: Buffer, at: number): void {
    const isSeparator = code === CODE.comma || code === CODE.colon;
    const isClose = code === CODE.close || code === CODE.closeList;
    // A number or word ends where the next mark stands.
    if ((isSeparator || isClose) && this.keptAt === this.depth) this.finish(chunk, at);
    if (isSeparator) {
      if (code === CODE.comma && this.depth === 1) this.isKeyNext = true;
    } else if (isClose) this.close(chunk, at);
    else this.begin(code, chunk, at);
  }

  private begin(code: number, _chunk: Buffer, at: number): void {
    const opens = code === CODE.open || code === CODE.openList;
    const isList = code === CODE.openList && this.depth === 1 && this.keptAt < 0 && this.lists.includes(this.key);
    if (isList) this.isInList = true;
    else if (this.keptAt < 0 && this.depth === (this.isInList ? 2 : 1)) {
      [this.keptAt, this.keptLine, this.from, this.kept] = [this.depth, this.line, at, 0];
    }
    if (opens) this.depth++;
    this.hasBegun ||= opens;
    if (code === CODE.quote) this.isString = true;
  }

  private close(chunk: Buffer, at: number): void {
    this.depth--;
    if (this.keptAt === this.depth) this.finish(chunk, at + 1);
    else if (this.isInList && this.depth === 1) this.isInList = false;
  }

  private finish(chunk: Buffer, end: number): void {
    this.keep(chunk, end);
    const kept = textOf(Buffer.concat(this.pieces), this.kept);
    [this.keptAt, this.pieces, this.kept] = [-1, [], 0];
    if (this.depth === 1 && this.isKeyNext) {
      this.key = keyOf(kept.text);
      this.isKeyNext = false;
    } else this.found.push({ key: this.key, isElement: this.isInList, line: this.keptLine, ...kept });
  }

  private keep(chunk: Buffer, end: number): void {
    this.kept += end - this.from;
    if (this.kept <= ROW_BYTES) this.pieces.push(Buffer.from(chunk.subarray(this.from, end)));
    else this.pieces = [];
    this.from = 0;
  }
}

function textOf(bytes: Buffer, length: number): Text {
  if (length > ROW_BYTES) return { text: null, fault: TOO_LONG };
  return isUtf8(bytes) ? { text: bytes.toString("utf8"), fault: null } : { text: null, fault: NOT_UTF8 };
}

function keyOf(text: string | null): string {
  try {
    return String(JSON.parse(text ?? ""));
  } catch {
    return ""; // no sound key: its value is of no list we look for
  }
}
