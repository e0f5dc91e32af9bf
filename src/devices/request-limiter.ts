// Keeps to a provider's limits before it has to say so. No kept library has both a clock from outside and a way to shut for a
// time that the server names (docs/decisions/0005-request-limiter.md).
import { type Instant, instant, later, type Millis } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Clock } from "../host/host.ts";

/** So many requests in any span of this length. */
export type RequestLimit = { requests: number; perMs: Millis };

export class RequestLimiter {
  readonly #limits: readonly RequestLimit[];
  readonly #clock: Clock;
  /** When each request left, as far back as the longest limit looks. */
  readonly #left: Instant[] = [];
  #shutUntil = instant(0);

  constructor(limits: readonly RequestLimit[], clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Nothing leaves before `until`. */
  shut(until: Instant): void {
    this.#shutUntil = instant(Math.max(this.#shutUntil, until));
  }

  /**
   * Resolves when one request may leave, and counts it.
   *
   * @param patience  how long it may wait
   * @returns the error: when it could leave (later than that), or now if `halt` fired
   */
  async take(patience: Millis, halt: AbortSignal): Promise<Result<void, Instant>> {
    const giveUpAt = later(this.#clock.now(), patience);
    for (;;) {
      const now = this.#clock.now();
      const at = this.#nextAt(now);
      if (halt.aborted) return err(now);
      if (at <= now) {
        this.#left.push(now);
        return ok(undefined);
      }
      if (at > giveUpAt) return err(at);
      await this.#clock.sleepUntil(at, halt);
    }
  }

  #nextAt(now: Instant): Instant {
    const longest = Math.max(0, ...this.#limits.map(({ perMs }) => perMs));
    while (this.#left.length > 0 && (this.#left[0] ?? now) + longest <= now) this.#left.shift();
    const free = this.#limits.map(({ requests, perMs }) => {
      const nthBefore = this.#left.at(-requests);
      return nthBefore === undefined ? now : nthBefore + perMs;
    });
    return instant(Math.max(now, this.#shutUntil, ...free));
  }
}
