// A fleet over one provider of phones: lends them to workers by what the ledger has for them, and stops those left idle.
import { decideFault, type PhoneStanding, rankPhones } from "../core/assign.ts";
import type { PhoneAddress } from "../core/claim.ts";
import type { RunEvent } from "../core/events.ts";
import type { Category } from "../core/failure.ts";
import { type Instant, instant, later, type Millis, seconds } from "../core/ids.ts";
import { ok } from "../core/result.ts";
import type { RunSettings } from "../core/settings.ts";
import type { AccountSeen, Answer, DeviceFault, DeviceId, Devices } from "../devices/devices.ts";
import type { Clock } from "../host/host.ts";
import type { ClaimDesk, Demand, FleetBook } from "../ledger/ledger.ts";
import { Berth, type Refusal } from "./berth.ts";
import type { Fleet, NextPhone } from "./fleet.ts";
import { FREE, PhoneRoom, type Room } from "./phone-room.ts";
import { ProviderOutage } from "./provider-outage.ts";
import type { WorkerPorts } from "./worker-ports.ts";

export type PhoneFleetOptions = {
  devices: Devices;
  provider: string;
  /** All phones of this run. */
  ids: readonly DeviceId[];
  claims: Pick<ClaimDesk, "demand" | "peek">;
  book: FleetBook;
  settings: RunSettings;
  /** Of this start of the campaign. */
  mark: string;
  clock: Clock;
  /** How long a phone stays on that nobody uses. */
  idleMs: Millis;
  /** Most phones on at the same time; `null` = no limit of its own. */
  maxPhones: number | null;
  /** How long the provider may give no phones, or not stop those that take all the room, before the run halts. */
  patienceMs: Millis;
  /** A local port for a forward to this worker's phone; `null` = none is needed. */
  ports: Pick<WorkerPorts, "of" | "release"> | null;
  onWarning(message: string): void;
  /** What the fleet itself has to tell of the run. */
  onEvent(event: RunEvent): void;
};

export const openPhoneFleet = (options: PhoneFleetOptions): Fleet => new PhoneFleet(options);

const NONE: NextPhone = { next: "none" };
/** A phone that could not be stopped is told again after this long. */
const STOP_AGAIN = seconds(30);

class PhoneFleet implements Fleet {
  readonly #o: PhoneFleetOptions;
  readonly #berths: Berth[];
  readonly #byId: ReadonlyMap<DeviceId, Berth>;
  readonly #closing = new AbortController();
  readonly #outage: ProviderOutage;
  readonly #room: PhoneRoom;
  #isReaping = false;
  #hasWarned = false;

  constructor(options: PhoneFleetOptions) {
    this.#o = options;
    this.#outage = new ProviderOutage(options);
    this.#berths = options.ids.map((id) => new Berth(id, options));
    this.#byId = new Map(this.#berths.map((b) => [b.id, b]));
    this.#room = new PhoneRoom({ ...options, berths: this.#berths, stop: (berth) => this.#stopAside(berth) });
  }

  get devices(): readonly DeviceId[] {
    return this.#o.ids;
  }

  async next(worker: number, stop: AbortSignal): Promise<NextPhone> {
    const isHad = (b: Berth) => b.last === worker && b.worker === null && b.phone !== null && b.notBefore === null;
    let berth = this.#berths.find(isHad);
    if (berth !== undefined) this.#hand(berth, worker);
    for (;;) {
      if (berth === undefined) {
        const choice = await this.#choose(worker);
        if (!(choice instanceof Berth)) return choice;
        berth = choice;
      }
      const phone = await this.#bring(berth, stop);
      if (phone === "halt") return { next: "halt", why: this.#haltedBy ?? "no phone can be had" };
      if (phone !== null) return { next: "phone", phone, phones: this.#usable() };
      if (stop.aborted) return NONE;
      berth = undefined;
    }
  }

  async visit(worker: number, id: DeviceId, stop: AbortSignal): Promise<PhoneAddress | null> {
    const berth = this.#byId.get(id);
    if (berth === undefined || !(await this.#handOnceFree(berth, worker, stop))) return null;
    const phone = await this.#bring(berth, stop);
    return phone === "halt" ? null : phone;
  }

  leave(worker: number, hasWork: boolean): void {
    const berth = this.#heldBy(worker);
    if (berth === undefined) return;
    berth.worker = null;
    berth.last = hasWork ? worker : null;
    berth.idleSince = this.#o.clock.now();
    void this.#reap();
  }

  async confirm(worker: number, account: string): Promise<Answer<AccountSeen>> {
    const berth = this.#heldBy(worker);
    if (berth === undefined) return ok({ is: "unknown" });
    const seen = await this.#o.devices.confirm(berth.id, account, await this.#portOf(worker));
    if (seen.ok && seen.value.is === "unknown" && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#o.onWarning(
        `phone ${berth.id} does not tell its accounts: that each post goes out from the right one is not checked`,
      );
    }
    return seen;
  }

  used(worker: number, failed: Category | null, rest: Instant | null): void {
    const berth = this.#heldBy(worker);
    if (berth === undefined) return;
    berth.isDoubtful = failed === "infrastructure" || failed === "unknown";
    berth.notBefore = rest;
  }

  async stopAll(): Promise<DeviceId[]> {
    const stopped = await Promise.all(this.#berths.map(async (b) => ((await b.stop(null)) ? [b.id] : [])));
    this.anew();
    return stopped.flat();
  }

  anew(): void {
    for (const berth of this.#berths) {
      berth.faults = 0;
      berth.notBefore = berth.worker = null;
    }
    this.#room.anew();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.stopAll();
    await this.#o.devices.close();
    this.#o.ports?.release();
  }

  // --- which phone ---

  /** A phone nobody holds that has work, taken for this worker; else when to ask again. */
  async #choose(worker: number): Promise<Berth | NextPhone> {
    const demand = await this.#o.claims.demand();
    let until = demand.wakeAt;
    let stuck: string | null = null;
    for (const id of rankPhones(this.#standings(demand))) {
      const berth = this.#byId.get(id);
      const work = await this.#o.claims.peek(this.#o.settings, [id], this.#usable());
      if (berth === undefined || berth.worker !== null) continue; // another worker was quicker
      if (work.next === "ready") {
        const room = this.#roomFor(berth, worker);
        if (room.is === "free") return this.#hand(berth, worker);
        if (room.is === "stuck") stuck = room.why;
        else until = sooner(until, room.until);
      }
      if (work.next === "wait") until = sooner(until, work.until);
    }
    if (stuck !== null) return { next: "halt", why: stuck };
    for (const at of this.#comeBack(demand)) until = sooner(until, at);
    return until === null ? NONE : { next: "wait", until, reason: "device" };
  }

  /** Phones that can be asked for now. */
  #standings(demand: Demand): PhoneStanding[] {
    const now = this.#o.clock.now();
    const isFree = ({ id, worker, notBefore }: Berth) =>
      worker === null && notBefore !== "left_out" && (notBefore ?? 0) <= now && !demand.out.has(id);
    return this.#berths.filter(isFree).map(({ id, phone, faults }) => {
      return { id, isRunning: phone !== null, faults, bound: demand.boundTo.get(id) ?? 0, free: demand.anyPhone };
    });
  }

  /** When phones with work that can't be had now may be had. */
  #comeBack(demand: Demand): Instant[] {
    const now = this.#o.clock.now();
    return this.#berths.flatMap(({ id, worker, notBefore }) => {
      const hasWork = demand.anyPhone + (demand.boundTo.get(id) ?? 0) > 0;
      if (!hasWork || worker !== null || notBefore === "left_out") return [];
      const out = demand.out.get(id) ?? null;
      if (out === null && demand.out.has(id)) return []; // until a person puts it back
      const at = Math.max(notBefore ?? 0, out ?? 0);
      return at > now ? [instant(at)] : [];
    });
  }

  /** No further phone is started while the provider gives none, or while as many are on as may be. */
  #roomFor(berth: Berth, worker: number): Room {
    if (berth.phone !== null) return FREE;
    const until = this.#outage.closedUntil;
    return until === null ? this.#room.for(worker, berth) : { is: "wait", until };
  }

  #usable(): DeviceId[] {
    return this.#berths.filter((b) => b.notBefore === null).map((b) => b.id);
  }

  #heldBy(worker: number): Berth | undefined {
    return this.#berths.find((b) => b.worker === worker);
  }

  /** Waits until it may be on. @returns `false`: it may not, or another worker has it */
  async #handOnceFree(berth: Berth, worker: number, stop: AbortSignal): Promise<boolean> {
    const ended = AbortSignal.any([stop, this.#closing.signal]);
    while (berth.worker === null) {
      const room = berth.phone === null ? this.#room.for(worker, berth) : FREE;
      if (room.is === "free") return this.#hand(berth, worker) === berth;
      if (room.is === "wait") await this.#o.clock.sleepUntil(room.until, ended);
      if (room.is === "stuck" || ended.aborted) return false;
    }
    return false;
  }

  /** At once, so that no other worker takes it meanwhile. */
  #hand(berth: Berth, worker: number): Berth {
    berth.worker = worker;
    berth.idleSince = null;
    return berth;
  }

  // --- bringing it up, and what if that fails ---

  #haltedBy: string | null = null;

  /** Ready and well; `null`: not to be had now, and nobody's any more. */
  async #bring(berth: Berth, stop: AbortSignal): Promise<PhoneAddress | null | "halt"> {
    const ended = AbortSignal.any([stop, this.#closing.signal]);
    if (berth.phone !== null && berth.isDoubtful) {
      const fault = await berth.look(ended);
      berth.isDoubtful = false;
      if (fault !== null) {
        await berth.stop(fault);
        return this.#refused(berth, { is: "fault", fault });
      }
    }
    const brought = await berth.bring(ended);
    if (!brought.ok) return this.#refused(berth, brought.refusal);
    berth.faults = 0;
    berth.notBefore = null;
    this.#outage.answered();
    const { id, worker } = berth;
    return { id, ...brought.phone, systemPort: worker === null ? null : await this.#portOf(worker) };
  }

  async #portOf(worker: number): Promise<number | null> {
    return (await this.#o.ports?.of(worker)) ?? null;
  }

  #refused(berth: Berth, refusal: Refusal): null | "halt" {
    berth.worker = null;
    void this.#reap(); // it may be on all the same
    if (refusal.is === "elsewhere") {
      berth.notBefore = refusal.until;
      return null;
    }
    return refusal.fault.cause === "stopped" ? null : this.#failed(berth, refusal.fault);
  }

  #failed(berth: Berth, fault: DeviceFault): null | "halt" {
    if (fault.scope === "provider" && fault.kind === "try_again") {
      if (this.#outage.failed(fault) === "wait") return null;
      this.#haltedBy = `the provider gave no phones for longer than its patience: ${fault.message}`;
      return "halt";
    }
    this.#outage.answered();
    berth.faults++;
    const decision = decideFault(fault, berth.faults, this.#o.clock.now());
    switch (decision.next) {
      case "again":
        berth.notBefore = decision.at;
        return null;
      case "left_out":
        berth.notBefore = "left_out";
        this.#o.onWarning(`phone ${berth.id} is left out of this pass: ${fault.message}`);
        return null;
      case "halt":
        this.#haltedBy = fault.message;
        return "halt";
    }
  }

  // --- phones left idle ---

  /** Stops phones that were idle long enough, and tells those again that could not be stopped, as long as there are any. */
  async #reap(): Promise<void> {
    if (this.#isReaping) return;
    this.#isReaping = true;
    const { clock } = this.#o;
    for (let due = this.#nextDue(); due !== null && !this.#closing.signal.aborted; due = this.#nextDue()) {
      await clock.sleepUntil(due, this.#closing.signal);
      const now = clock.now();
      const isDue = (b: Berth) => (this.#dueAt(b) ?? Number.POSITIVE_INFINITY) <= now;
      for (const berth of this.#berths.filter(isDue)) this.#stopAside(berth);
    }
    this.#isReaping = false;
  }

  /** Nobody waits for it: one that takes its time keeps no other phone on. */
  #stopAside(berth: Berth): void {
    const stopping = berth.stop(null).catch(() => undefined); // heard elsewhere
    void stopping.then(() => this.#reap());
  }

  #nextDue(): Instant | null {
    const due = this.#berths.flatMap((b) => this.#dueAt(b) ?? []);
    return due.length === 0 ? null : instant(Math.min(...due));
  }

  /** When a phone is to be stopped, if nobody takes it before. */
  #dueAt({ worker, phone, idleSince, unstoppedSince, isStopping }: Berth): Instant | null {
    if (worker !== null || isStopping) return null;
    if (phone !== null) return idleSince === null ? null : later(idleSince, this.#o.idleMs);
    return unstoppedSince === null ? null : later(unstoppedSince, STOP_AGAIN);
  }
}

const sooner = (a: Instant | null, b: Instant): Instant => (a === null || b < a ? b : a);
