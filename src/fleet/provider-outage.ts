// The provider of the phones does not answer, or asks to slow down: nobody asks for a phone meanwhile, and nothing is charged.
import { type Instant, later, type Millis, millis, seconds } from "../core/ids.ts";
import type { DeviceFault } from "../devices/devices.ts";
import type { Clock } from "../host/host.ts";

export type OutageOptions = {
  clock: Clock;
  /** How long it may last before the run halts. */
  patienceMs: Millis;
  onWarning(message: string): void;
};

const FIRST_PROBE = seconds(5);
const LONGEST_PROBE = seconds(60);

export class ProviderOutage {
  readonly #o: OutageOptions;
  #since: Instant | null = null;
  #closedUntil: Instant | null = null;
  #probeMs: Millis = FIRST_PROBE;

  constructor(options: OutageOptions) {
    this.#o = options;
  }

  /** When the provider is asked again; `null` = now. */
  get closedUntil(): Instant | null {
    const until = this.#closedUntil;
    return until === null || until <= this.#o.clock.now() ? null : until;
  }

  /** It did not give a phone, for its own sake. @returns `halt` once its patience is over */
  failed({ message, retryAfterMs }: DeviceFault): "wait" | "halt" {
    const now = this.#o.clock.now();
    if (this.#since === null) {
      this.#since = now;
      this.#probeMs = FIRST_PROBE;
      this.#o.onWarning(`the provider gives no phones now, so no more are asked for: ${message}`);
    }
    // many who asked at once are one answer
    if (this.closedUntil === null || retryAfterMs !== null) {
      this.#closedUntil = later(now, retryAfterMs ?? this.#probeMs);
      this.#probeMs = millis(Math.min(LONGEST_PROBE, this.#probeMs * 2));
    }
    const wouldLast = (this.#closedUntil ?? now) - this.#since;
    return wouldLast > this.#o.patienceMs ? "halt" : "wait";
  }

  /** It gave a phone, or refused one for that phone's sake. */
  answered(): void {
    if (this.#since === null) return;
    const lasted = Math.round((this.#o.clock.now() - this.#since) / 1000);
    this.#since = this.#closedUntil = null;
    this.#o.onWarning(`the provider gives phones again, after ${lasted} s; nothing was charged`);
  }
}
