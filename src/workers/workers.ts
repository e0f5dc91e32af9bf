// Worker slots: each owns one OS process that runs one attempt at a time. A slot outlives its process: a crashed worker is
// replaced under the same number. Which phone it works on is told with each attempt.

import type { Claim, GoAnswer, KnownMedia, PhoneAddress, Unconfirmed } from "../core/claim.ts";
import type { AttemptId, Millis } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import type { PosterSettings } from "../core/settings.ts";
import type { Look } from "../core/verify.ts";

/** `phone`: ready, and nobody else's for as long as the work lasts; `null` = none. */
export type WorkerTask = {
  claim: Claim;
  phone: PhoneAddress | null;
  poster: PosterSettings;
  attemptTimeoutMs: Millis;
  secrets: string[];
};
export type LookTask = {
  unconfirmed: Unconfirmed;
  phone: PhoneAddress | null;
  poster: PosterSettings;
  timeoutMs: Millis;
  secrets: string[];
};

/** A question to the poster that no job stands behind. `job`: account and platform; `attempt`: names its evidence. */
export type CheckTask = {
  attempt: AttemptId;
  job: JobSpec & { account: string };
  phone: PhoneAddress;
  poster: PosterSettings;
  timeoutMs: Millis;
  secrets: string[];
};

/** What a running attempt asks of its owner. A go-answer may come late; without one the poster never taps. */
export type AttemptHooks = {
  media(found: KnownMedia): Promise<GoAnswer>;
  spoke(): void;
  step(name: string): void;
  publishing(baseline: string | null): Promise<GoAnswer>;
};

export interface WorkerSlot {
  readonly number: number;
  /** Runs one attempt to its end. Never rejects: a dead worker is an end of kind `lost`. */
  attempt(task: WorkerTask, hooks: AttemptHooks): Promise<PosterEnd>;
  /** The end of this attempt is committed: the worker may forget it (before that it would write it to its outbox). */
  settled(attempt: AttemptId): void;
  /** A read-only look. Never rejects; one that failed can't tell. `null`: it was cut short, by us or by its worker's death. */
  look(task: LookTask): Promise<Look | null>;
  /** Asks the poster whether an account could post. `null`: it has no answer. Never rejects: see `attempt`. */
  check(task: CheckTask): Promise<PosterEnd | null>;
  /** Ends a poster that has not passed its intent; one that has goes on. */
  cancel(): void;
  /** Ends worker and poster now, whole process groups. */
  kill(): void;
}

export interface WorkerPool {
  readonly slots: readonly WorkerSlot[];
  /** Resolves with an idle slot whose worker is up; `null` when `stop` fires or no slot can be had any more. */
  acquire(stop: AbortSignal): Promise<WorkerSlot | null>;
  release(slot: WorkerSlot): void;
  /** Every worker crashed at once, time and again: no slot will come back. */
  readonly isBroken: boolean;
  /** Ends all workers; resolves when their processes are gone. */
  close(): Promise<void>;
}

export type WorkerEvent =
  | { type: "worker.started"; worker: number; pid: number }
  | {
      type: "worker.exited";
      worker: number;
      pid: number;
      code: number | null;
      signal: string | null;
      expected: boolean;
    };
