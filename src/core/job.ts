import type { Instant, JobId } from "./ids.ts";

/** States of a job as the user sees them (3-semantics 3.1). */
export const JOB_STATES = [
  "pending",
  "claimed",
  "success",
  "failed",
  "unconfirmed",
  "skipped",
  "held",
  "deferred",
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const DEFAULT_PLATFORM = "default";

/** A job as a job file describes it. */
export type JobSpec = {
  id: JobId;
  /** `null`: dealt to an account at `run` or `plan`. */
  account: string | null;
  platform: string;
  /** Absolute path, as it is opened. */
  media: string;
  caption: string;
  /** Higher goes first. */
  priority: number;
  pool: string | null;
  notBefore: Instant | null;
  /** Past it the job fails as content, cause `too_late`. */
  notAfter: Instant | null;
  /** May repeat a post already made. */
  allowRepost: boolean;
  /** Free data of the user's, handed to the poster untouched. */
  data: Record<string, unknown>;
};

/** What a job is that says no more of itself. */
export const PLAIN_JOB = {
  platform: DEFAULT_PLATFORM,
  caption: "",
  priority: 0,
  pool: null,
  notBefore: null,
  notAfter: null,
  allowRepost: false,
  data: {},
} as const satisfies Partial<JobSpec>;

/** Why a job is held: what has to end before it goes on. */
export type HeldBy = "person" | "account" | "twin";
