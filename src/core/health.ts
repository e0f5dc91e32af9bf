// Whether a run can make progress. "Alive" is not enough: a program that only waits for what never comes is alive too.
import type { Instant, Millis } from "./ids.ts";

export type HealthFacts = {
  now: Instant;
  state: "starting" | "running" | "waiting" | "paused" | "stopping" | "ended";
  /** When the attempts in flight were started. */
  inFlight: readonly Instant[];
  /** Start, last claim or last end of an attempt, whichever is latest. */
  lastMoveAt: Instant;
  /** While `waiting`: the deadline. */
  waitUntil: Instant | null;
  /** What a claim would find now; asked only while nothing has moved for a while. */
  next: "ready" | "wait" | "none" | null;
};

export type Health = { healthy: boolean; reason: string };

/** So long nothing may move before it is asked why. */
export const STILL_MS = 60_000;

/**
 * Judges a run.
 *
 * @param attemptTimeoutMs  an attempt is ended by then; one that is not shows that nobody watches it
 */
export function healthOf(facts: HealthFacts, attemptTimeoutMs: Millis): Health {
  const { now, state, inFlight } = facts;
  const oldest = Math.min(...inFlight);
  switch (state) {
    case "ended":
      return good("the run has ended");
    case "paused":
      return good("paused by a person");
    case "stopping":
      return good("stopping");
    case "waiting": {
      const isOver = facts.waitUntil !== null && now - facts.waitUntil > STILL_MS;
      return isOver ? bad("the wait is over and the next pass has not started") : good("waiting for the next pass");
    }
    case "starting":
    case "running":
      if (now - oldest > attemptTimeoutMs + STILL_MS) return bad("an attempt is over its time and was not ended");
      if (inFlight.length > 0) return good("posting");
      if (now - facts.lastMoveAt <= STILL_MS) return good(state);
      if (facts.next === "ready") return bad("jobs are ready and no worker takes them");
      if (facts.next === "wait") return good("waiting for a gap, a window or a device");
      return state === "starting" ? bad("the start does not come to an end") : good("ending");
  }
}

const good = (reason: string): Health => ({ healthy: true, reason });
const bad = (reason: string): Health => ({ healthy: false, reason });
