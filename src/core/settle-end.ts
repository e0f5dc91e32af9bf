// From what a worker saw of an attempt's end to what is written down: the one place where ends are judged.
import type { Attempt, CancelReason } from "./attempt.ts";
import { classify, judge, OWN_RULES, type RuleBook } from "./classify.ts";
import type { Evidence } from "./failure.ts";
import type { Instant } from "./ids.ts";
import { mayBePublished } from "./may-be-published.ts";
import { type PosterEnd, type Reached, readPosterEnd } from "./poster-end.ts";
import { afterNoGo, decideSettlement, type Settlement, type Spent } from "./retry.ts";

export type EndFacts = {
  reached: Reached;
  end: PosterEnd;
  /** What stood against this phone right before the intent; the poster got no go for it. */
  wrongPhone?: Evidence | null;
  spent: Spent;
  now: Instant;
  /** What an attempt that we ended ourselves is written down as. */
  cancelledAs: CancelReason;
  /** What judges; ours alone unless the user has rules. */
  book?: RuleBook;
};

/** `breach`: it posted without asking; the run halts, since its next posts would not be safe. */
export type JudgedEnd = { settlement: Settlement; breach: boolean };

/** Judges the end of an attempt. Total. Source: 3-semantics 3.1, 3.3; 4-posters-devices 4.1 */
export function settleEnd(facts: EndFacts): JudgedEnd {
  const { reached, end, wrongPhone, spent, now, cancelledAs, book = OWN_RULES } = facts;
  const outcome = readPosterEnd(reached, end);
  switch (outcome.type) {
    case "posted": {
      const attempt: Attempt = { phase: "posted", url: outcome.url };
      return { settlement: decideSettlement(attempt, spent, now), breach: outcome.breach };
    }
    case "failed":
      return { settlement: decideSettlement(judged(outcome.evidence, book), spent, now), breach: false };
    case "unconfirmed":
      return { settlement: decideSettlement(unconfirmed(outcome.evidence, book), spent, now), breach: false };
    case "cancelled": {
      if (outcome.noGo === "wrong_phone") {
        const failed: Attempt = { phase: "failed", failure: judge(wrongPhone ?? WRONG_PHONE) };
        return { settlement: decideSettlement(failed, spent, now), breach: false };
      }
      const attempt: Attempt = { phase: "cancelled", reason: outcome.noGo === null ? cancelledAs : "no_go" };
      const job = outcome.noGo === null ? { state: "pending" as const } : afterNoGo(outcome.noGo);
      return { settlement: { attempt, job, charge: null, hold: null }, breach: false };
    }
  }
}

/** Told by a worker whose orchestrator is gone, and with it what it saw. */
const WRONG_PHONE: Evidence = {
  message: "the phone was not the right one for this account",
  typed: { category: "infrastructure", cause: "wrong_phone" },
};

/** A poster's own word is believed; what shows an upload under way moves any other failure to unconfirmed. */
function judged(evidence: Evidence, book: RuleBook): Attempt {
  const { unconfirmed: saysUser, ...judgement } = classify(evidence, book);
  const isInDoubt = evidence.typed === undefined && (saysUser || mayBePublished(evidence, judgement.category));
  return { phase: isInDoubt ? "unconfirmed" : "failed", failure: { ...judgement, evidence } };
}

function unconfirmed(evidence: Evidence, book: RuleBook): Attempt {
  return { phase: "unconfirmed", failure: judge(evidence, book) };
}

/** An attempt whose worker and orchestrator are gone: nobody saw its end. */
export function settleDead(reached: Reached, spent: Spent, now: Instant): Settlement {
  if (reached !== "before") {
    const evidence: Evidence = {
      message: "reprise was killed while the post may have been under way",
      cause: "own_crash",
    };
    return decideSettlement(unconfirmed(evidence, OWN_RULES), spent, now);
  }
  return decideSettlement({ phase: "cancelled", reason: "own_crash" }, spent, now);
}
