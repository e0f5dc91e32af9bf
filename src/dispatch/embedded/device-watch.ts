// How phones do at work: who is left out, who rests (decided in core/device-health.ts and core/device-pace.ts).
import type { Claim } from "../../core/claim.ts";
import {
  ALL_WELL,
  afterEnd,
  type DeviceEnd,
  type FleetHealth,
  healthOf,
  putBack,
  restored,
} from "../../core/device-health.ts";
import { NO_PACE, type Pace, paced, restsUntil } from "../../core/device-pace.ts";
import type { Instant } from "../../core/ids.ts";
import type { Settlement } from "../../core/retry.ts";
import type { Clock } from "../../host/host.ts";
import type { DeviceDesk } from "../../ledger/ledger.ts";

export type DeviceWatchOptions = { desk: DeviceDesk; provider: string; clock: Clock };

export class DeviceWatch {
  readonly #o: DeviceWatchOptions;
  #health: FleetHealth = ALL_WELL;
  #pace: Pace = NO_PACE;

  constructor(options: DeviceWatchOptions) {
    this.#o = options;
  }

  /** What earlier starts and other campaigns left out. */
  async restore(): Promise<void> {
    for (const { id, provider, out } of await this.#o.desk.list()) {
      if (provider !== this.#o.provider || out?.by !== "run" || out.until === null) continue;
      this.#health = restored(this.#health, id, { since: out.since, until: out.until });
    }
  }

  /**
   * Takes in an attempt that is written down, and leaves its phone out, or takes it back, if that follows.
   *
   * @param forgiven  an outage was to blame: that tells nothing of the phone
   * @returns until when no job is to be given to the phone; `null` = it is free
   */
  async ended(claim: Claim, { attempt }: Settlement, forgiven: boolean): Promise<Instant | null> {
    const { device, startedAt } = claim;
    const outcome = outcomeOf(attempt);
    if (device === null || outcome === null) return null;
    const at = this.#o.clock.now();
    const timed = outcome.type === "succeeded" ? "posted" : outcome.type;
    this.#pace = paced(this.#pace, { device, startedAt, at, outcome: timed });
    const outUntil = forgiven ? null : await this.#weigh({ device, account: claim.job.account, at, outcome });
    return outUntil ?? restsUntil(this.#pace, device, at);
  }

  async #weigh(end: DeviceEnd): Promise<Instant | null> {
    if (await this.#isBack(end.device)) this.#health = putBack(this.#health, end.device);
    const [health, news] = afterEnd(this.#health, end);
    this.#health = health;
    const { desk, provider } = this.#o;
    if (news.type === "quarantined") {
      const { reason, until } = news;
      await desk.takeOut({ id: news.device, provider }, { by: "run", cause: "failing", reason, until });
    }
    if (news.type === "returned") await desk.putBack(news.device, "run");
    return news.type === "quarantined" ? news.until : null;
  }

  /** A person put it back meanwhile: it begins anew, and its next attempt is no probe. */
  async #isBack(device: string): Promise<boolean> {
    if (healthOf(this.#health, device).out === null) return false;
    return (await this.#o.desk.list()).every(({ id, out }) => id !== device || out === null);
  }
}

/** `null`: tells nothing of the phone. */
function outcomeOf(attempt: Settlement["attempt"]): DeviceEnd["outcome"] | null {
  if (attempt.phase === "posted") return { type: "succeeded" };
  if (attempt.phase !== "failed" && attempt.phase !== "unconfirmed") return null;
  const { category, cause, rateLimited } = attempt.failure;
  if (rateLimited || category === "setup" || category === "unknown") return null;
  return category === "infrastructure" ? { type: "failed", cause } : { type: "other" };
}
