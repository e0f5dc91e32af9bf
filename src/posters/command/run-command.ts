// Runs one `/bin/sh -c` in a process group of its own and sees it to its end, whoever else holds its descriptors.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { PosterExit } from "../../core/poster-end.ts";
import { EVENTS_FD, GO_FD } from "./poster-env.ts";

export type CommandRun = {
  command: string;
  env: Record<string, string>;
  input: string;
  /** Fires when the whole group is to end; its reason is the exit to report. */
  signal: AbortSignal;
  onStarted(pid: number): void;
  onEvents(chunk: Buffer): void;
  onOutput(stream: "out" | "err", chunk: Buffer): void;
};

export type RunningCommand = {
  /** Resolves when the process has ended and all it wrote before has been handed on. Never rejects. */
  exit: Promise<PosterExit>;
  /** Writes to descriptor 4. `false`: nobody is left to read it. */
  write(line: string): boolean;
  /** End of file on descriptor 4. */
  refuse(): void;
};

/** Between the request to end and SIGKILL. */
const GRACE_MS = 2000;

export function runCommand(run: CommandRun): RunningCommand {
  const child = spawned(run);
  if (child instanceof Error) return neverStarted(child);
  if (child.pid === undefined) return { ...neverStarted(null), exit: failedStart(child) };
  child.on("error", ignore);
  run.onStarted(child.pid);
  const reading = readAll(child, run);
  const go = child.stdio[GO_FD] as Writable;
  go.on("error", ignore);
  child.stdin?.on("error", ignore); // EPIPE: it does not care for its job, as `true` does not
  child.stdin?.end(run.input);
  let hasExited = false;
  const exit = ended(child, run.signal).then(async (how) => {
    hasExited = true;
    await drained(reading);
    for (const stream of child.stdio) stream?.destroy();
    return how;
  });
  return {
    exit,
    write: (line) => {
      if (hasExited || child.exitCode !== null || child.signalCode !== null) return false;
      go.write(line);
      return true;
    },
    refuse: () => void go.end(),
  };
}

function spawned({ command, env }: CommandRun): ChildProcess | Error {
  try {
    const stdio = ["pipe", "pipe", "pipe", "pipe", "pipe"] as const;
    return spawn("/bin/sh", ["-c", command], { detached: true, env, stdio: [...stdio] });
  } catch (e) {
    return e instanceof Error ? e : new Error(String(e)); // E2BIG and the like; ENOENT and EAGAIN come as an event
  }
}

const ignore = () => {};

/** How the process ended: by itself, or by us. After the end of a group that we ended nothing of it is left. */
function ended(child: ChildProcess, signal: AbortSignal): Promise<PosterExit> {
  return new Promise((resolve) => {
    let killer: NodeJS.Timeout | null = null;
    const end = () => {
      signalGroup(child, "SIGTERM");
      killer = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    child.once("exit", (code, by) => {
      signal.removeEventListener("abort", end);
      if (killer === null) {
        resolve(exitOf(code, by));
        return;
      }
      clearTimeout(killer);
      signalGroup(child, "SIGKILL"); // the leader is gone; what ignored SIGTERM in its group goes too
      resolve(signal.reason as PosterExit);
    });
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // nobody is left in the group
  }
}

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** A shell tells of a signal as 128+N. */
function exitOf(code: number | null, by: NodeJS.Signals | null): PosterExit {
  if (code === null) return { kind: "signal", signal: by ?? "unknown" };
  const signal = code > 128 ? SIGNAL_NAMES.get(code - 128) : undefined;
  return signal === undefined ? { kind: "code", code } : { kind: "signal", signal };
}

type Reading = { bytes: number; open: number };

function readAll(child: ChildProcess, run: CommandRun): Reading {
  const reading: Reading = { bytes: 0, open: 0 };
  const read = (stream: Readable, use: (chunk: Buffer) => void) => {
    reading.open++;
    stream.on("data", (chunk: Buffer) => {
      reading.bytes += chunk.length;
      use(chunk);
    });
    stream.on("error", ignore);
    stream.once("close", () => reading.open--);
  };
  read(child.stdio[EVENTS_FD] as Readable, run.onEvents);
  if (child.stdout !== null) read(child.stdout, (chunk) => run.onOutput("out", chunk));
  if (child.stderr !== null) read(child.stderr, (chunk) => run.onOutput("err", chunk));
  return reading;
}

/** A neighbour that never stops writing is not waited for longer. */
const MOST_ROUNDS = 64;

/**
 * Reads what is already there. The process is gone, so all it wrote lies in the kernel; each round of the event loop
 * reads what is readable, so a whole round without a byte means that nothing of it is left, even if another process
 * holds the descriptors open.
 */
async function drained(reading: Reading): Promise<void> {
  let quiet = 0;
  for (let round = 0; round < MOST_ROUNDS && quiet < 3 && reading.open > 0; round++) {
    const before = reading.bytes;
    await new Promise((resolve) => setImmediate(resolve));
    quiet = reading.bytes === before ? quiet + 1 : 0;
  }
}

function neverStarted(error: NodeJS.ErrnoException | null): RunningCommand {
  const exit: PosterExit = {
    kind: "not_started",
    errno: error?.code ?? "EUNKNOWN",
    message: error?.message ?? "could not be started",
  };
  return { exit: Promise.resolve(exit), write: () => false, refuse: ignore };
}

function failedStart(child: ChildProcess): Promise<PosterExit> {
  return new Promise((resolve) => {
    child.once("error", (e: NodeJS.ErrnoException) => {
      for (const stream of child.stdio ?? []) stream?.destroy(); // unset when descriptors ran out
      resolve({ kind: "not_started", errno: e.code ?? "EUNKNOWN", message: e.message });
    });
  });
}
