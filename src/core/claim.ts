// What crosses between the ledger, the dispatch and the workers: a job given out, and its way back.
import type { AttemptId, Fence, Instant, PassNo, RunId } from "./ids.ts";
import type { JobSpec } from "./job.ts";
import type { NoGo } from "./poster-end.ts";
import type { Spent } from "./retry.ts";

export type KnownMedia = { size: number; mtimeMs: number; hash: string };

export type Claim = {
  attempt: AttemptId;
  fence: Fence;
  run: RunId;
  pass: PassNo;
  job: JobSpec & { account: string };
  worker: number;
  device: string | null;
  spent: Spent;
  startedAt: Instant;
  /** Remembered by (path, size, mtime); the worker checks that it still holds. */
  media: KnownMedia | null;
  /** An opaque intent was committed with the claim. */
  opaque: boolean;
};
/** A phone that is ready, as posters need it. */
export type PhoneAddress = {
  id: string;
  serial: string;
  /** Of the adb server that knows the serial; `null` = no adb involved. */
  adbPort: number | null;
  /** A local port of this worker alone, for a forward to the phone; `null` = none is needed. */
  systemPort: number | null;
};

export type ClaimRef = Pick<Claim, "attempt" | "fence">;

/** Whether the poster may tap. */
export type GoAnswer = { go: true } | { go: false; reason: NoGo };

/** A job nobody knows the outcome of, with what a look needs. */
export type Unconfirmed = {
  job: JobSpec & { account: string };
  attempt: AttemptId;
  pass: PassNo;
  device: string | null;
  intentAt: Instant;
  absentSince: Instant | null;
  /** Not worth a look before. */
  lookAt: Instant | null;
  baseline: string | null;
};
