// The machine: time and processes. Lets every test own both.
import type { Instant } from "../core/ids.ts";

/** A process as /proc shows it; (pid, startTime, bootId) is proof of identity. */
export type ProcessId = { pid: number; startTime: string; bootId: string };
export type MarkedProcess = ProcessId & { mark: string; command: string };

/** Environment variable that marks all processes of ours: `<ledger id>/<campaign>/<pid>.<start time>` of the orchestrator. */
export const MARK_VARIABLE = "REPRISE_MARK";

export interface Clock {
  now(): Instant;
  /** Since then nobody has set it forward, as far as this process can tell: a span that began before may be shorter than it looks. */
  steadySince(): Instant;
  /** Resolves at `until`, or as soon as `stop` fires. Never rejects. */
  sleepUntil(until: Instant, stop: AbortSignal): Promise<void>;
}

export interface Processes {
  self(): ProcessId;
  host(): string;
  isAlive(process: ProcessId): boolean;
  /** Living processes whose mark begins so; never this one. */
  marked(prefix: string): MarkedProcess[];
  /** Signals this very process (same start time), and its group if it leads one. `false`: gone already. */
  kill(process: ProcessId, signal: "SIGTERM" | "SIGKILL"): boolean;
}

/** Folders for temporary files that tell whose they are, so that what a killed process left can be taken away later. */
export interface TempFolders {
  /** A new one, of this process; its name begins so. */
  make(prefix: string): string;
  /** Never rejects: what can't be removed now is left to `removeDead`. */
  remove(folder: string): Promise<void>;
  /** Takes away this user's folders of that prefix whose process, one of this machine, has ended. Never rejects. */
  removeDead(prefix: string): Promise<void>;
}

/** Spans of time that the clock on the wall has no say in. Each call returns what ends it. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
  every(ms: number, run: () => void): () => void;
}

export type Host = { clock: Clock; processes: Processes; timers: Timers };
