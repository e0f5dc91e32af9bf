// This process's streams: what may be drawn on them, who can be asked, and how to survive that they close.
import { createInterface } from "node:readline/promises";

/** Where a command writes and whom it may ask. Data goes to `out`, messages to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Resolves when so much has left `out` that more may be written: keeps memory flat with a slow reader. */
  flow?(): Promise<void>;
  /** A person sits at it: stdin and stderr are a terminal. */
  readonly isInteractive: boolean;
  /** stderr shows colours. */
  readonly color: boolean;
  readonly utf8: boolean;
  /** Resolves with the answer, or `null` when the terminal closed instead, Ctrl+C was typed, or `over` fired. */
  ask(question: string, over?: AbortSignal): Promise<string | null>;
  /** All of standard input, line by line. */
  lines(): AsyncIterable<string>;
}

/** The terminal of this process. A closed pipe or terminal never throws: what is written after that is lost. */
export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {}); // EPIPE, EIO: nobody reads any more
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    flow: () => drained(process.stdout),
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    color: process.stderr.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb",
    utf8: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ""),
    ask: askOnTerminal,
    lines: () => createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
  };
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close"]) stream.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close"]) stream.on(event, done);
  });
}

async function askOnTerminal(question: string, over?: AbortSignal): Promise<string | null> {
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = new Promise<null>((resolve) => asked.once("close", () => resolve(null)));
    const given = over === undefined ? asked.question(question) : asked.question(question, { signal: over });
    return await Promise.race([given.catch(() => null), closed]);
  } finally {
    asked.close();
  }
}

/** Ends the process when what was written has left it. */
export function endProcess(code: number): void {
  process.exitCode = code;
  let open = 2;
  const left = () => {
    if (--open === 0) process.exit(code);
  };
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.destroyed || !stream.writable) left();
    else stream.write("", left); // called with an error too, when the reader is gone
  }
}
