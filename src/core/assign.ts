// Which phone a worker works on next, and how long one that can't be had is left alone.
import { type Instant, later, type Millis, millis } from "./ids.ts";

/** A phone as it stands when a worker asks for one. */
export type PhoneStanding = {
  id: string;
  /** Started by us and not stopped since. */
  isRunning: boolean;
  /** Accounts with a job for this phone alone, and with one for any phone. */
  bound: number;
  free: number;
  /** How often it could not be had, in a row. */
  faults: number;
};

/**
 * The phones that may have work, in the order in which a worker tries them: running ones first (they cost nothing more),
 * then those that gave no trouble, then the one with most work of its own.
 */
export function rankPhones(phones: readonly PhoneStanding[]): string[] {
  return phones
    .filter((p) => p.bound + p.free > 0)
    .sort(
      (a, b) =>
        Number(b.isRunning) - Number(a.isRunning) || a.faults - b.faults || b.bound - a.bound || (a.id < b.id ? -1 : 1),
    )
    .map((p) => p.id);
}

/** What becomes of a phone that could not be had. */
export type FaultDecision =
  /** Asked again at `at`, in this pass. */
  | { next: "again"; at: Instant }
  /** Left out of this pass; the next one tries it anew. */
  | { next: "left_out" }
  /** No phone of this provider can be had until a person does something. */
  | { next: "halt" };

/** Tries of one phone in one pass. Each waits out the phone's own deadline, so more would only make the pass longer. */
const TRIES = 2;
const FIRST_PAUSE = millis(5_000);

/** @param faults  in a row in this pass, this one counted */
export function decideFault(
  fault: { kind: "gone" | "try_again" | "setup"; retryAfterMs: Millis | null },
  faults: number,
  now: Instant,
): FaultDecision {
  if (fault.kind === "setup") return { next: "halt" };
  if (faults >= TRIES) return { next: "left_out" };
  return { next: "again", at: later(now, fault.retryAfterMs ?? FIRST_PAUSE) };
}
