// A poster does one post, or one read-only look, inside a worker's process, and says step by step how far it came.

import type { GoAnswer, PhoneAddress } from "../core/claim.ts";
import type { AttemptId, Millis, PassNo } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import type { Look } from "../core/verify.ts";

/** What a poster gets to know. */
export type PosterTask = {
  attempt: AttemptId;
  pass: PassNo;
  worker: number;
  job: JobSpec & { account: string };
  device: string | null;
  /** How to reach it; `null` = there is no phone. */
  phone: PhoneAddress | null;
  /** How often this job was tried before, in this run. */
  tried: number;
  timeoutMs: Millis;
  /** A folder for evidence of this attempt; exists. */
  evidenceDir: string;
  /** Newest post's id before the intent, as the poster offered it; looks only. */
  baseline: string | null;
};

export type PosterHooks = {
  /** The poster's process runs, and leads a process group of its own. Posters without a process never call it. */
  started(pid: number): void;
  /** First protocol event of the attempt. Called at most once. */
  spoke(): void;
  step(name: string): void;
  /** Resolves with the answer; without `go` the poster must not tap. */
  publishing(baseline: string | null): Promise<GoAnswer>;
  log(line: string): void;
  /** Code of the poster still runs in this process and can't be ended: the process has to be replaced before its next work. */
  stuck(): void;
};

/** `signal` fires when the attempt is to be ended: the whole process group goes. Its reason is the `PosterExit` to report. */
export interface Poster {
  /** Never rejects: whatever happened is in the end. */
  post(task: PosterTask, hooks: PosterHooks, signal: AbortSignal): Promise<PosterEnd>;
  /** Read-only. Never rejects. */
  look(task: PosterTask, hooks: PosterHooks, signal: AbortSignal): Promise<Look>;
  /** "Could this account post from this phone?" Read-only; `null`: it has no answer to that. Read by `readCheck`. Never rejects. */
  check(task: PosterTask, hooks: PosterHooks, signal: AbortSignal): Promise<PosterEnd | null>;
}
