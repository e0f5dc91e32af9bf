/** Longest line that is looked at; a longer one is dropped whole. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Cuts a stream of bytes into lines of UTF-8, however the chunks fall. */
export class LineCutter {
  readonly #onLine: (line: string) => void;
  readonly #onDropped: () => void;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(onLine: (line: string) => void, onDropped: () => void) {
    this.#onLine = onLine;
    this.#onDropped = onDropped;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, at));
      this.end();
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** What came after the last line break is a line too. */
  end(): void {
    const isTooLong = this.#size > MAX_LINE_BYTES;
    const line = isTooLong ? "" : Buffer.concat(this.#parts).toString("utf8").trim();
    this.#parts = [];
    this.#size = 0;
    if (isTooLong) this.#onDropped();
    else if (line !== "") this.#onLine(line);
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > MAX_LINE_BYTES) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }
}
