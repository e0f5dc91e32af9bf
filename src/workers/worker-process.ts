// One OS process of a slot: started in a session of its own, so that a terminal's Ctrl+C does not reach it.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ChildMessage, type ParentMessage, PROTOCOL_VERSION, parseChildMessage } from "./protocol.ts";

export type WorkerStart = { number: number; stateDir: string; entry: URL; env: NodeJS.ProcessEnv };
export type WorkerExit = { code: number | null; signal: string | null; why: string };

export type WorkerWatch = {
  /** It said hello. */
  up(): void;
  message(message: ChildMessage): void;
  /** Once, after the process is gone or when it could not be started. */
  exit(exit: WorkerExit): void;
};

/** From the start to hello; a worker that needs longer is ended. */
const HELLO_MS = 20_000;
/** After the exit, for messages still in the channel. */
const LAST_WORDS_MS = 500;

export class WorkerProcess {
  readonly pid: number | null;
  readonly #child: ChildProcess | null;
  readonly #watch: WorkerWatch;
  readonly #hello: NodeJS.Timeout;
  #why: string | null = null;
  #isGone = false;

  constructor(start: WorkerStart, watch: WorkerWatch) {
    this.#watch = watch;
    this.#hello = setTimeout(() => this.#breakOff(`no hello within ${HELLO_MS} ms`), HELLO_MS);
    const child = spawnWorker(start);
    this.#child = child instanceof Error ? null : child;
    this.pid = this.#child?.pid ?? null;
    if (child instanceof Error) setImmediate(() => this.#gone(null, null, child.message));
    else this.#listen(child);
  }

  /** A message to a process that is gone is lost; its exit tells. */
  send(message: ParentMessage): void {
    if (!this.#isGone && this.#child?.connected === true) this.#child.send(message, () => {});
  }

  /** Kills the worker's whole process group. */
  kill(): void {
    if (this.pid === null || this.#isGone) return; // not reaped before `exit`, so the pid is still its own
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // gone already
    }
  }

  #listen(child: ChildProcess): void {
    child.on("message", (raw) => this.#receive(raw));
    child.on("error", (e) => {
      if (this.pid === null) this.#gone(null, null, e.message);
    });
    child.on("exit", (code, signal) => {
      const gone = () => this.#gone(code, signal, signal ?? `exit code ${code}`);
      if (!child.connected) {
        gone();
        return;
      }
      child.once("disconnect", gone); // comes after its last words, which may still be in the channel
      setTimeout(gone, LAST_WORDS_MS);
    });
  }

  #receive(raw: unknown): void {
    const message = parseChildMessage(raw);
    if (message === null) {
      this.#breakOff("it said something that is not of the protocol");
    } else if (message.type !== "hello") {
      this.#watch.message(message);
    } else if (message.v !== PROTOCOL_VERSION) {
      this.#breakOff(`it speaks version ${message.v} of the protocol, not ${PROTOCOL_VERSION}`);
    } else {
      clearTimeout(this.#hello);
      this.#watch.up();
    }
  }

  #breakOff(why: string): void {
    this.#why ??= why;
    this.kill();
  }

  #gone(code: number | null, signal: string | null, why: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#hello);
    this.#watch.exit({ code, signal, why: this.#why ?? why });
  }
}

function spawnWorker({ number, stateDir, entry, env }: WorkerStart): ChildProcess | Error {
  let log: number | null = null;
  try {
    const logs = join(stateDir, "logs");
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    log = openSync(join(logs, `worker_${number}.log`), "a", 0o600);
    const args = [fileURLToPath(entry), String(number), stateDir];
    return spawn(process.execPath, args, { detached: true, env, stdio: ["ignore", log, log, "ipc"] });
  } catch (e) {
    return e instanceof Error ? e : new Error(String(e));
  } finally {
    if (log !== null) closeSync(log);
  }
}
