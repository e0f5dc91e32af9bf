// The provider of the phones does not answer, or asks to slow down: nobody asks for a phone meanwhile, and nothing is charged.
import type { RunEvent } from "../core/events.ts";
import { type Instant, later, type Millis, millis, seconds } from "../core/ids.ts";
import type { DeviceFault, DeviceId } from "../devices/devices.ts";
import type { Clock } from "../host/host.ts";

export type OutageOptions = {
  clock: Clock;
  provider: string;
  /** Phones that can't be had meanwhile. */
  ids: readonly DeviceId[];
  /** How long it may last before the run halts. */
  patienceMs: Millis;
  onEvent(event: OutageEvent): void;
};
type OutageEvent = Extract<RunEvent, { type: "outage.opened" | "outage.closed" }>;

const FIRST_PROBE = seconds(5);
const LONGEST_PROBE = seconds(60);

export class ProviderOutage {
  readonly #o: OutageOptions;
  #open: { since: Instant; cause: string; probes: number } | null = null;
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
  failed(fault: DeviceFault): "wait" | "halt" {
    const now = this.#o.clock.now();
    const open = this.#open ?? { since: now, cause: fault.cause, probes: 0 };
    if (this.#open === null) this.#probeMs = FIRST_PROBE;
    // many who asked at once are one answer
    if (this.closedUntil === null || fault.retryAfterMs !== null) {
      if (this.#open !== null) open.probes++;
      this.#closedUntil = later(now, fault.retryAfterMs ?? this.#probeMs);
      this.#probeMs = millis(Math.min(LONGEST_PROBE, this.#probeMs * 2));
    }
    if (this.#open === null) this.#tellOpened(fault, this.#closedUntil ?? now);
    this.#open = open;
    return (this.#closedUntil ?? now) - open.since > this.#o.patienceMs ? "halt" : "wait";
  }

  /** It gave a phone, or refused one for that phone's sake. */
  answered(): void {
    if (this.#open === null) return;
    const { since, cause, probes } = this.#open;
    this.#open = this.#closedUntil = null;
    const { provider, clock, onEvent } = this.#o;
    onEvent({ type: "outage.closed", cause, probes: probes + 1, duration_ms: clock.now() - since, provider });
  }

  #tellOpened({ cause, message }: DeviceFault, probeAt: Instant): void {
    const { provider, ids, onEvent } = this.#o;
    const probe_at = new Date(probeAt).toISOString();
    onEvent({ type: "outage.opened", cause, devices: ids.length, attempts: 0, probe_at, provider, message });
  }
}
