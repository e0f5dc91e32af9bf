import { createReadStream } from "node:fs";

const NEW_LINE = 10;

/** A place in a file, in bytes and in lines before it, while its bytes stream by. */
export class Place {
  at: number;
  line: number;
  private readonly chunks: Buffer[] = [];
  private chunksAt: number;

  constructor(at: number, line: number) {
    this.at = at;
    this.line = line;
    this.chunksAt = at;
  }

  feed(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  /** Moves on to `to`, counting the lines that end on the way. */
  advance(to: number): void {
    for (let chunk = this.chunks[0]; chunk !== undefined; chunk = this.chunks[0]) {
      const end = Math.min(to - this.chunksAt, chunk.length);
      for (
        let i = chunk.indexOf(NEW_LINE, this.at - this.chunksAt);
        i >= 0 && i < end;
        i = chunk.indexOf(NEW_LINE, i + 1)
      )
        this.line++;
      this.at = this.chunksAt + end;
      if (end < chunk.length) return;
      this.chunksAt += chunk.length;
      this.chunks.shift();
    }
  }

  /** The place after the line that begins here. */
  async afterNextLine(path: string): Promise<Place> {
    let at = this.at;
    for await (const chunk of createReadStream(path, { start: this.at })) {
      const end = (chunk as Buffer).indexOf(NEW_LINE);
      if (end >= 0) return new Place(at + end + 1, this.line + 1);
      at += chunk.length;
    }
    return new Place(at, this.line + 1);
  }
}
