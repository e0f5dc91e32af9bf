// What has to come of a kill at each point: one row a failpoint (the compiler sees to it), and the poster's own points.
import type { Failpoint } from "../../src/failpoint/names.ts";

/** Points of test/fixtures/witness-poster.sh: the death of the poster's process. */
export const POSTER_POINTS = [
  "poster.started",
  "poster.stepped",
  "poster.asked",
  "poster.went",
  "poster.tapped",
  "poster.said",
  "poster.looking",
] as const;
export type PosterPoint = (typeof POSTER_POINTS)[number];
export type KillPoint = Failpoint | PosterPoint;

export type KillRow = {
  /**
   * What the struck attempt is written down as. `-`: nobody can tell from outside, or no attempt is struck. `same`: as if
   * nothing had happened.
   */
  attempt: "-" | "same" | "unconfirmed" | "charged";
  /** Met only in a start that follows this crash. */
  after?: KillPoint;
  /** Met only if the orchestrator dies there in the same start. */
  beside?: Failpoint;
  /** A run meets it once. */
  once?: true;
};

export const KILL_TABLE: Readonly<Record<KillPoint, KillRow>> = {
  "run.locked": { attempt: "-", once: true },
  "ledger.opened": { attempt: "-", once: true },
  "jobs.taken": { attempt: "-", once: true },
  "run.opened": { attempt: "-", once: true },
  "start.swept": { attempt: "-", once: true },
  "outbox.settled": { attempt: "same", after: "go.sent", once: true },
  "crash.settled": { attempt: "same", after: "claim.committed", once: true },
  "run.recovered": { attempt: "-", once: true },
  "jobs.dealt": { attempt: "-", once: true },
  "pass.opened": { attempt: "-" },
  "pool.spawned": { attempt: "-" },
  // our own crash: uncharged before the intent; after it the orphan finishes and its end comes home through the outbox
  "claim.committed": { attempt: "same" },
  "attempt.sent": { attempt: "same" },
  "media.committed": { attempt: "same" },
  "intent.committed": { attempt: "same" },
  "go.sent": { attempt: "same" },
  "end.heard": { attempt: "same" },
  "end.settled": { attempt: "same" },
  "drain.over": { attempt: "-" },
  "look.heard": { attempt: "-" },
  "look.recorded": { attempt: "-" },
  "pass.decided": { attempt: "-" },
  "pass.closed": { attempt: "-" },
  "delay.set": { attempt: "-", once: true },
  "delay.over": { attempt: "-", once: true },
  "sweep.between": { attempt: "-", once: true },
  "jobs.requeued": { attempt: "-", once: true },
  "pool.closed": { attempt: "-", once: true },
  "sweep.ended": { attempt: "-", once: true },
  "run.finishing": { attempt: "-", once: true },
  "run.finished": { attempt: "-", once: true },
  // a worker that dies under a job is charged to it before the go, and leaves a doubt from the go on
  "worker.up": { attempt: "-" },
  "worker.received": { attempt: "charged" },
  "worker.media": { attempt: "charged" },
  "worker.poster": { attempt: "unconfirmed" }, // it may be a silent one: its opaque intent stands until it speaks
  "worker.step": { attempt: "charged" },
  "worker.asking": { attempt: "charged" },
  "worker.answered": { attempt: "unconfirmed" },
  "worker.went": { attempt: "unconfirmed" },
  "worker.posted": { attempt: "unconfirmed" },
  "worker.ended": { attempt: "unconfirmed" },
  "worker.reported": { attempt: "same" },
  "worker.looking": { attempt: "same" },
  "worker.orphaned": { attempt: "unconfirmed", beside: "go.sent", once: true },
  "worker.outbox": { attempt: "unconfirmed", beside: "go.sent", once: true },
  "worker.outbox_half": { attempt: "unconfirmed", beside: "go.sent", once: true },
  "worker.left": { attempt: "same", beside: "go.sent", once: true },
  // a poster that dies: judged by the step reached
  "poster.started": { attempt: "unconfirmed" }, // it has not said a word
  "poster.stepped": { attempt: "charged" },
  "poster.asked": { attempt: "-" }, // the go may be there or not
  "poster.went": { attempt: "unconfirmed" },
  "poster.tapped": { attempt: "unconfirmed" },
  "poster.said": { attempt: "same" },
  "poster.looking": { attempt: "same" },
};
