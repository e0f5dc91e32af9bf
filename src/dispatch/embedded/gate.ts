// Where loops without work sleep until there may be some.
import type { Instant } from "../../core/ids.ts";
import type { Clock } from "../../host/host.ts";

export class Gate {
  readonly #clock: Clock;
  readonly #sleepers: AbortController[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sleeps until woken, or until `until`; `null` = only until woken. */
  async sleep(until: Instant | null): Promise<void> {
    const woken = new AbortController();
    this.#sleepers.push(woken);
    if (until === null)
      await new Promise<void>((resolve) => woken.signal.addEventListener("abort", () => resolve(), { once: true }));
    else await this.#clock.sleepUntil(until, woken.signal);
    const at = this.#sleepers.indexOf(woken);
    if (at >= 0) this.#sleepers.splice(at, 1);
  }

  wakeOne(): void {
    this.#sleepers.shift()?.abort();
  }

  wakeAll(): void {
    for (const sleeper of this.#sleepers.splice(0)) sleeper.abort();
  }
}
