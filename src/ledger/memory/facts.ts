// What the end of a pass is decided by: every job in one field.
import type { Instant } from "../../core/ids.ts";
import type { PassFacts } from "../../core/pass.ts";
import type { RetryPolicy } from "../../core/retry.ts";
import { failedStanding } from "../ledger-rules.ts";
import type { CampaignRecord, JobRecord } from "./store.ts";

type Facts = Omit<PassFacts, "stopAsked" | "halted">;
type Field = Exclude<keyof Facts, "total" | "settling">;
type Rules = { policy: RetryPolicy; verifies: boolean; now: Instant };

export function readFacts(campaign: CampaignRecord, rules: Rules): Facts {
  const facts: Facts = {
    total: 0,
    retryable: 0,
    settling: 0,
    exhausted: 0,
    unconfirmed: 0,
    nonRetryable: 0,
    deferred: 0,
    held: 0,
  };
  for (const job of campaign.jobs.values()) {
    if (!job.inScope) continue;
    facts.total++;
    const field = fieldOf(job, rules);
    if (field !== null) facts[field]++;
    if (rules.verifies && job.place.state === "unconfirmed" && job.attempts.at(-1)?.post?.lookAt != null)
      facts.settling++;
  }
  return facts;
}

function fieldOf(job: JobRecord, { policy, now }: Rules): Field | null {
  const { place } = job;
  switch (place.state) {
    case "success":
    case "skipped":
      return null;
    case "failed":
      return fieldOfFailed(job, policy);
    case "unconfirmed":
      return "unconfirmed";
    case "held":
      return place.by === "account" ? "nonRetryable" : "held";
    case "deferred":
      return place.until <= now ? "retryable" : "deferred";
    case "pending":
    case "parked":
    case "waiting":
    case "claimed":
      // without account there is nobody to try it: no reason for another pass
      return job.account === null ? "deferred" : "retryable";
  }
}

function fieldOfFailed({ failure, isImported, spent, account }: JobRecord, policy: RetryPolicy): Field {
  if (failure === null) return "nonRetryable";
  const isAccountHeld = account !== null && account.hold !== null;
  const standing = failedStanding({ category: failure.category, isImported, spent }, policy, isAccountHeld);
  return standing === "non_retryable" ? "nonRetryable" : standing;
}
