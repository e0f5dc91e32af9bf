// The breaker of an outage at work: who may claim, what an ended attempt costs, what is told (decided in core/outage.ts).
import type { Claim } from "../../core/claim.ts";
import {
  afterAttempt,
  type Breaker,
  type BreakerNews,
  CLOSED,
  endedOf,
  forgiven,
  mayClaim,
  type OutagePolicy,
  type Permit,
  withCanary,
  withCanaryAsked,
  withoutCanary,
} from "../../core/outage.ts";
import type { Settlement } from "../../core/retry.ts";
import type { Clock } from "../../host/host.ts";
import type { CampaignLedger } from "../../ledger/ledger.ts";

export type OutageWatchOptions = { policy: OutagePolicy | null; ledger: CampaignLedger; clock: Clock };

export type Weighed = {
  /** What the attempt is written down as. */
  settlement: Settlement;
  /** An outage is to blame for it. */
  isForgiven: boolean;
  news: BreakerNews;
  /** Those who wait for a permit should ask again. */
  isMoved: boolean;
};
const NO_NEWS: BreakerNews = { type: "none" };

/** Without a policy everything may be claimed, and nothing is forgiven. */
export class OutageWatch {
  readonly #o: OutageWatchOptions;
  #breaker: Breaker = CLOSED;

  constructor(options: OutageWatchOptions) {
    this.#o = options;
  }

  /** Whoever is told `probe` must say with `sent` what came of it. */
  permit(): Permit {
    const { policy, clock } = this.#o;
    if (policy === null) return { next: "claim" };
    const permit = mayClaim(this.#breaker, clock.now(), policy);
    if (permit.next === "probe") this.#breaker = withCanaryAsked(this.#breaker);
    return permit;
  }

  /** `null`: there was no job to send. */
  sent(claim: Claim | null): void {
    this.#breaker =
      claim === null ? withoutCanary(this.#breaker, this.#o.clock.now()) : withCanary(this.#breaker, claim.attempt);
  }

  /** Takes in an attempt that ended now, before it is written down. */
  ended(claim: Claim, settlement: Settlement): Weighed {
    const { policy, clock } = this.#o;
    if (policy === null) return { settlement, isForgiven: false, news: NO_NEWS, isMoved: false };
    const before = this.#breaker;
    const wasCanary = before.phase === "open" && before.canary === claim.attempt;
    const ended = endedOf(claim, settlement.attempt, clock.now());
    const [after, news] = ended === null ? [before, NO_NEWS] : afterAttempt(before, ended, policy);
    this.#breaker = ended === null && wasCanary ? withoutCanary(before, clock.now()) : after;
    const isOpen = this.#breaker.phase === "open";
    return {
      settlement: isOpen ? forgiven(settlement) : settlement,
      isForgiven: isOpen,
      news,
      isMoved: wasCanary || news.type !== "none",
    };
  }

  /** Writes down what came of it, and gives back what the outage had cost until then. */
  async tell(news: BreakerNews): Promise<void> {
    const { runs } = this.#o.ledger;
    const breaker = this.#breaker;
    if (news.type === "opened" && breaker.phase === "open") {
      const { cause, devices, attempts } = news;
      const probe_at = new Date(breaker.probeAt).toISOString();
      await runs.uncharge(news.uncharge, { type: "outage.opened", cause, devices, attempts, probe_at });
    }
    if (news.type === "closed") {
      const { cause, probes, durationMs } = news;
      await runs.record({ type: "outage.closed", cause, probes, duration_ms: durationMs });
    }
  }
}
