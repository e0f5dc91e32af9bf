// What a look at an account settles (3-semantics 3.4, "Verify").
import { type Instant, later, type Millis, millis, seconds } from "./ids.ts";

/** The poster's answer. `pending_upload`: an upload or a draft was seen waiting. */
export type Look = "posted" | "absent" | "pending_upload" | "cannot_tell";

export type LookFacts = {
  intentAt: Instant;
  /** When "absent" was first answered since the last other answer; `null` = not yet. */
  absentSince: Instant | null;
  settleMs: Millis;
};

export type LookDecision =
  | { next: "posted" }
  /** Provably not out: a retryable infrastructure failure, limit given back. */
  | { next: "not_posted" }
  /** Look again, not before `at`. */
  | { next: "settling"; at: Instant; absentSince: Instant | null }
  /** Stays for a person (looked at again by later verifies). */
  | { next: "stays" };

/** Between two looks at an upload that is still pending, even with `--settle 0`. */
const AT_LEAST = seconds(1);

/** Decides what one look means. "Absent" counts twice, the second time at least `settle` after the intent. */
export function decideLook(look: Look, facts: LookFacts, now: Instant): LookDecision {
  const settled = later(facts.intentAt, facts.settleMs);
  switch (look) {
    case "posted":
      return { next: "posted" };
    case "cannot_tell":
      return { next: "stays" };
    case "pending_upload": {
      const again = later(now, millis(Math.max(facts.settleMs, AT_LEAST)));
      return { next: "settling", at: settled > now ? settled : again, absentSince: null };
    }
    case "absent":
      if (facts.absentSince !== null && now >= settled) return { next: "not_posted" };
      return { next: "settling", at: settled > now ? settled : now, absentSince: facts.absentSince ?? now };
  }
}
