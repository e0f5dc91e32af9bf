// What a simulated poster says. Pure, so that real processes and virtual time agree.
import { millis } from "../core/ids.ts";
import type { PosterWord } from "../core/poster-end.ts";
import type { SimulatedOutcome } from "./scenario.ts";

/** What a failed attempt shows, as its stderr. */
export function messageOf({ outcome, message }: SimulatedOutcome): string {
  if (message !== "") return message;
  if (outcome === "upload_goes_on") return "Sharing to Reels... Keep the app open to finish posting";
  return outcome === "rate_limited" ? "HTTP 429 from the provider: too many requests" : "";
}

/** What its poster says of it. */
export function notPosted(plan: SimulatedOutcome): PosterWord {
  const { outcome, retry_after_s, cooldown_s } = plan;
  const isRateLimit = outcome === "rate_limited";
  const category = plan.category ?? (isRateLimit ? "infrastructure" : null);
  const cause = plan.cause ?? (isRateLimit ? "rate_limited" : null);
  return {
    type: "not_posted",
    category,
    cause,
    message: messageOf(plan) || (cause ?? "not posted"),
    retryAfterMs: retry_after_s === null ? null : millis(retry_after_s * 1000),
    cooldownMs: cooldown_s === null ? null : millis(cooldown_s * 1000),
  };
}
