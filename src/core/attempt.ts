import type { Failure } from "./failure.ts";
import { unreachable } from "./result.ts";

/** Why an attempt ended without being charged to its job. */
export type CancelReason =
  | "stopped" // by a person
  | "halted" // the run ended itself
  | "own_crash" // we died; the job did nothing wrong
  | "no_go"; // the intent was refused

/** One try of one job. The step reached decides what an end without proof means, never the error's text. */
export type Attempt =
  /** `opaque`: the intent of a poster that has not spoken yet stands. */
  | { phase: "running"; step: string; opaque: boolean }
  /** The intent is committed and `go` may have been given: the post may be live. */
  | { phase: "publishing" }
  | { phase: "posted"; url: string | null }
  | { phase: "failed"; failure: Failure }
  /** May be live: never retried blindly. */
  | { phase: "unconfirmed"; failure: Failure }
  | { phase: "cancelled"; reason: CancelReason };

export type AttemptEvent =
  | { type: "spoke" } // first protocol event: withdraws an opaque intent
  | { type: "step"; name: string }
  | { type: "publishing" }
  | { type: "posted"; url: string | null }
  /** An explicit refusal shown by the app or the poster's own `not_posted`. */
  | { type: "refused"; failure: Failure }
  /** An end without proof. */
  | { type: "ended"; failure: Failure }
  | { type: "cancelled"; reason: CancelReason; failure: Failure };

/** Whether the post may be live if nothing more is heard of the attempt. */
export function mayBeLive(a: Attempt): boolean {
  return a.phase === "publishing" || a.phase === "unconfirmed" || (a.phase === "running" && a.opaque);
}

/** Applies one event. Total: a late or repeated event leaves a finished attempt as it is. */
export function advance(a: Attempt, e: AttemptEvent): Attempt {
  switch (a.phase) {
    case "running":
    case "publishing":
      return advanceLive(a, e);
    case "posted":
    case "failed":
    case "unconfirmed":
    case "cancelled":
      return a;
    default:
      return unreachable(a);
  }
}

function advanceLive(a: Extract<Attempt, { phase: "running" | "publishing" }>, e: AttemptEvent): Attempt {
  switch (e.type) {
    case "spoke":
      return a.phase === "running" ? { ...a, opaque: false } : a;
    case "step":
      return a.phase === "running" ? { phase: "running", step: e.name, opaque: false } : a;
    case "publishing":
      return { phase: "publishing" };
    case "posted":
      return { phase: "posted", url: e.url };
    case "refused":
      return { phase: "failed", failure: e.failure };
    case "ended":
      return { phase: mayBeLive(a) ? "unconfirmed" : "failed", failure: e.failure };
    case "cancelled":
      return mayBeLive(a) ? { phase: "unconfirmed", failure: e.failure } : { phase: "cancelled", reason: e.reason };
    default:
      return unreachable(e);
  }
}
