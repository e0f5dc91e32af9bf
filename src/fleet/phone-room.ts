// Room for one more phone where only so many may be on. An idle one makes room; one that can't be stopped takes room, for it costs on.
import { type Instant, later, type Millis, millis, seconds } from "../core/ids.ts";
import type { Clock } from "../host/host.ts";
import type { Berth } from "./berth.ts";

type PhoneRoomOptions = {
  clock: Pick<Clock, "now">;
  berths: readonly Berth[];
  /** Most phones on at the same time; `null` = no limit. */
  maxPhones: number | null;
  /** How long phones that can't be stopped may take all the room. */
  patienceMs: Millis;
  /** Begins to stop an idle phone: it is stopping at once. */
  stop(berth: Berth): void;
  onWarning(message: string): void;
};

/** `free`: it may be on, if it is taken at once. `stuck`: there is none for longer than the patience. */
export type Room = { is: "free" } | { is: "wait"; until: Instant } | { is: "stuck"; why: string };

export const FREE: Room = { is: "free" };
/** How soon it is looked again. */
const AGAIN = millis(500);
/** The same where only a phone that could not be stopped before would make room. */
const STUCK_AGAIN = seconds(5);

export class PhoneRoom {
  readonly #o: PhoneRoomOptions;
  /** Which phone is stopped for which worker, so that each stops one alone. */
  readonly #leaving = new Map<number, Berth>();
  #stuckSince: Instant | null = null;

  constructor(options: PhoneRoomOptions) {
    this.#o = options;
  }

  /** Whether this worker may have that phone on. */
  for(worker: number, wanted: Berth): Room {
    const { berths, maxPhones, clock } = this.#o;
    const on = berths.filter((b) => b.mayBeOn);
    if (maxPhones === null || on.length < maxPhones || on.includes(wanted)) return FREE;
    if (on.every((b) => b.worker === null && b.unstoppedSince !== null)) return this.#stuck(on);
    this.#stuckSince = null;
    this.#makeRoom(worker, on);
    return { is: "wait", until: later(clock.now(), AGAIN) };
  }

  /** The patience begins anew. */
  anew(): void {
    this.#stuckSince = null;
  }

  #makeRoom(worker: number, on: readonly Berth[]): void {
    if (this.#leaving.get(worker)?.isStopping === true) return;
    const idle = on.filter((b) => b.worker === null && b.phone !== null && !b.isStopping);
    const leaving = idle.find(({ last }) => last === null) ?? idle[0];
    if (leaving === undefined) return;
    this.#leaving.set(worker, leaving);
    this.#o.stop(leaving);
  }

  #stuck(on: readonly Berth[]): Room {
    const { clock, maxPhones, patienceMs, onWarning } = this.#o;
    const now = clock.now();
    const ids = on.map(({ id }) => id).join(", ");
    const why = `no other phone is started: --max-phones is ${maxPhones}, and what is on could not be stopped: ${ids}. Stop it at the provider`;
    if (this.#stuckSince === null) onWarning(why);
    this.#stuckSince ??= now;
    if (now - this.#stuckSince > patienceMs) return { is: "stuck", why };
    return { is: "wait", until: later(now, STUCK_AGAIN) };
  }
}
