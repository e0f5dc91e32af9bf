// Keeps what a poster prints: the first 10 MB in the evidence, the end of stderr for the judgement. Secrets go first.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { REDACTED, secretValues } from "../../core/redact.ts";

const MAX_LOG_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;
const OUTPUT_FILE = "output.log";

export class OutputKeeper {
  readonly #file: string;
  readonly #streams: { out: Redactor; err: Redactor };
  #fd: number | null = null;
  #room = MAX_LOG_BYTES;
  #tail = "";

  constructor(folder: string, secrets: readonly string[]) {
    this.#file = join(folder, OUTPUT_FILE);
    this.#streams = { out: new Redactor(secrets), err: new Redactor(secrets) };
  }

  push(stream: "out" | "err", chunk: Buffer): void {
    this.#keep(stream, this.#streams[stream].push(chunk.toString("latin1")));
  }

  /** @returns stderr's last lines, and the file if anything was printed */
  end(): { stderrTail: string; file: string | null } {
    for (const stream of ["out", "err"] as const) this.#keep(stream, this.#streams[stream].end());
    if (this.#fd !== null) closeSync(this.#fd);
    const stderrTail = Buffer.from(this.#tail, "latin1").toString("utf8");
    return { stderrTail, file: this.#fd === null ? null : this.#file };
  }

  /** `bytes`: one character a byte, so that secrets are found however the chunks fall. */
  #keep(stream: "out" | "err", bytes: string): void {
    if (bytes === "") return;
    if (stream === "err") this.#tail = (this.#tail + bytes.slice(-TAIL_BYTES)).slice(-TAIL_BYTES);
    const kept = bytes.slice(0, this.#room);
    this.#room -= kept.length;
    if (kept === "") return;
    try {
      this.#fd ??= openSync(this.#file, "a", 0o600);
      writeSync(this.#fd, kept, null, "latin1");
    } catch {
      this.#room = 0; // a full disk costs the evidence, never the attempt
    }
  }
}

/** Replaces secrets in a stream; holds back as much as could be the beginning of one. */
class Redactor {
  readonly #values: string[];
  readonly #holdBack: number;
  #held = "";

  constructor(secrets: readonly string[]) {
    this.#values = secretValues(secrets).map((v) => Buffer.from(v, "utf8").toString("latin1"));
    this.#holdBack = Math.max(0, ...this.#values.map((v) => v.length - 1));
  }

  push(bytes: string): string {
    const text = this.#redact(this.#held + bytes);
    const at = Math.max(0, text.length - this.#holdBack);
    this.#held = text.slice(at);
    return text.slice(0, at);
  }

  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  #redact(text: string): string {
    return this.#values.reduce((rest, value) => rest.replaceAll(value, REDACTED), text);
  }
}
