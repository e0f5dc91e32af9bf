// Dispatch within this process: one loop a slot, each claiming from the ledger and flying one attempt at a time.

import type { CancelReason } from "../../core/attempt.ts";
import type { Claim, PhoneAddress, Unconfirmed } from "../../core/claim.ts";
import type { RuleBook } from "../../core/classify.ts";
import { countForHalt, decideHalt, type HaltCounts, NO_HALT_COUNTS } from "../../core/halt.ts";
import { instant, millis } from "../../core/ids.ts";
import type { Settlement } from "../../core/retry.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { JudgedEnd } from "../../core/settle-end.ts";
import { decideLook, type Look } from "../../core/verify.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Clock } from "../../host/host.ts";
import type { CampaignLedger, DeviceDesk, NoWork } from "../../ledger/ledger.ts";
import type { WorkerPool, WorkerSlot } from "../../workers/workers.ts";
import type { Dispatch, DrainEnd, Load } from "../dispatch.ts";
import { DeviceWatch } from "./device-watch.ts";
import { asksOpaque, Flight } from "./flight.ts";
import { Gate } from "./gate.ts";
import { OutageWatch, type Weighed } from "./outage-watch.ts";

export type EmbeddedDispatchOptions = {
  ledger: CampaignLedger;
  fleet: Fleet;
  pool: WorkerPool;
  settings: RunSettings;
  clock: Clock;
  /** What judges failures; ours alone unless the user has rules. */
  book?: RuleBook;
  /** How many phones (without phones: accounts) there are, for what counts as an outage. Default: more than enough. */
  reach?: number;
  /** Where phones that fail are left out; default: they are not. */
  desk?: DeviceDesk;
  /** `false`: without phones by default alone, so a post that a phone made is not looked for on none. Default: `true`. */
  isPhoneSaid?: boolean;
};

/** Longest a look may take. */
const LOOK_TIMEOUT_MS = 120_000;
const BREACH =
  "the poster said posted without asking first (publishing): what it posts can't be kept from happening twice";
const NO_WORKERS = "no worker can be kept alive: see logs/worker_*.log in the state folder";

export function openEmbeddedDispatch(options: EmbeddedDispatchOptions): Dispatch {
  return new EmbeddedDispatch(options);
}

type Sought = { next: "claimed"; claim: Claim; phone: PhoneAddress | null } | NoWork | { next: "halt"; why: string };

function sooner(a: NoWork, b: NoWork): NoWork {
  if (a.next === "none" || b.next === "none") return a.next === "none" ? b : a;
  return a.until <= b.until ? a : b;
}

class EmbeddedDispatch implements Dispatch {
  readonly #o: EmbeddedDispatchOptions;
  readonly #gate: Gate;
  readonly #outage: OutageWatch;
  /** `null`: without phones there is none to leave out. */
  readonly #devices: DeviceWatch | null;
  readonly #flights = new Set<Flight>();
  readonly #looking = new Set<WorkerSlot>();
  readonly #closed = new AbortController();
  #counts: HaltCounts = NO_HALT_COUNTS;
  /** Loops that claim or fly: while there are any, more work may come. */
  #busy = 0;
  #isPaused = false;
  /** Starts loops for work that came while a pass runs. */
  #widen = async (): Promise<void> => {};
  #halted: string | null = null;
  #broken: unknown = null;

  constructor(options: EmbeddedDispatchOptions) {
    this.#o = options;
    this.#gate = new Gate(options.clock);
    const { ledger, clock, settings, reach, desk } = options;
    const { provider } = settings.devices;
    this.#devices = desk === undefined || provider === "none" ? null : new DeviceWatch({ desk, provider, clock });
    const policy = settings.outage === null ? null : { ...settings.outage, devices: reach ?? Number.MAX_SAFE_INTEGER };
    this.#outage = new OutageWatch({ policy, ledger, clock });
  }

  get setupFailure(): string | null {
    const [cause] = this.#counts.setups.keys();
    return cause ?? null;
  }

  get devices(): (string | null)[] {
    return [...this.#o.fleet.devices];
  }

  load(): Load {
    const pastIntent = [...this.#flights].filter((f) => f.isPastIntent).length;
    return { inFlight: this.#flights.size, pastIntent };
  }

  async drain(): Promise<DrainEnd> {
    await this.#devices?.restore();
    const done = new AbortController();
    this.#closed.signal.addEventListener("abort", () => done.abort(), { once: true });
    if (this.#closed.signal.aborted) done.abort();
    const loops: Promise<void>[] = [];
    this.#widen = () => this.#startLoops(loops, done.signal, () => loops.push(this.#loop(done)));
    await this.#widen();
    for (const loop of loops) await loop; // more may join meanwhile
    done.abort();
    if (this.#broken !== null) throw this.#broken;
    return { halted: this.#halted };
  }

  /** As many loops as there is work for: each starts a worker's process. */
  async #startLoops(loops: readonly unknown[], done: AbortSignal, start: () => void): Promise<void> {
    const { pending } = await this.#o.ledger.views.counts();
    const wanted = Math.max(1, Math.min(this.#o.pool.slots.length, pending + this.#flights.size));
    while (loops.length < wanted && (loops.length === 0 || !done.aborted)) start();
  }

  /** Claims and flies until the pass is drained (`done`) or no more claims are wanted. */
  async #loop(done: AbortController): Promise<void> {
    while (!done.signal.aborted) {
      if (this.#isPaused) {
        await this.#gate.sleep(null);
        continue;
      }
      const slot = await this.#o.pool.acquire(done.signal);
      if (slot === null) {
        if (this.#o.pool.isBroken) this.#halt(NO_WORKERS, false);
        break;
      }
      await this.#turn(slot, done);
    }
    this.#gate.wakeAll();
  }

  /** One claim and what follows from it. Never rejects: a ledger that can't be written ends the drain. */
  async #turn(slot: WorkerSlot, done: AbortController): Promise<void> {
    const permit = this.#outage.permit();
    if (permit.next === "wait" || permit.next === "halt") {
      this.#o.pool.release(slot);
      if (permit.next === "wait" && !done.signal.aborted) await this.#gate.sleep(permit.until);
      if (permit.next === "halt") this.#halt(permit.reason, false);
      return;
    }
    this.#busy++;
    try {
      const sought = await this.#seek(slot, done.signal);
      if (permit.next === "probe") this.#outage.sent(sought.next === "claimed" ? sought.claim : null);
      if (sought.next === "claimed") await this.#flyOne(sought.claim, slot, sought.phone);
      this.#busy--;
      this.#o.pool.release(slot);
      if (sought.next === "claimed") return;
      if (sought.next === "halt") this.#halt(sought.why, false);
      else if (sought.next === "none" && this.#busy === 0 && !this.#isPaused) done.abort();
      // one that sought while the others were woken to end has nobody left to wake it
      else if (!done.signal.aborted) await this.#gate.sleep(sought.next === "wait" ? sought.until : null);
    } catch (error) {
      this.#breakOff(error);
    }
  }

  /** A job on a phone that is ready for it: phone after phone, as long as one has work. */
  async #seek(slot: WorkerSlot, stop: AbortSignal): Promise<Sought> {
    const { fleet, ledger, settings, clock } = this.#o;
    let found: NoWork = { next: "none" };
    for (;;) {
      const lent = await fleet.next(slot.number, stop);
      if (lent.next === "halt") return lent;
      if (lent.next !== "phone") return sooner(found, lent);
      // a worker or a phone may have taken minutes to come
      if (this.#isPaused) {
        fleet.leave(slot.number, false);
        return { next: "wait", until: clock.now(), reason: "paused" };
      }
      const { phone, phones } = lent;
      const info = { worker: slot.number, device: phone?.id ?? null, asOpaque: asksOpaque(settings), phones };
      const answer = await ledger.claims.claim(info, settings);
      if (answer.next === "claimed") return { ...answer, phone };
      fleet.leave(slot.number, false);
      if (phone === null) return answer;
      found = sooner(found, answer);
    }
  }

  async #flyOne(claim: Claim, slot: WorkerSlot, phone: PhoneAddress | null): Promise<void> {
    failpoint("claim.committed");
    this.#gate.wakeOne();
    let weighed: Weighed | null = null;
    const settling = (settlement: Settlement) => {
      weighed = this.#outage.ended(claim, settlement);
      return weighed.settlement;
    };
    const judged = await this.#fly(
      new Flight({ ...this.#o, claims: this.#o.ledger.claims, claim, phone, slot, settling }),
    );
    await this.#heedPhone(claim, judged.settlement, weighed);
    this.#o.fleet.leave(slot.number, true);
  }

  /** What the end tells of the infrastructure, and of this phone. */
  async #heedPhone(claim: Claim, settlement: Settlement, weighed: Weighed | null): Promise<void> {
    const { attempt } = settlement;
    const hasFailed = attempt.phase === "failed" || attempt.phase === "unconfirmed";
    const rest = (await this.#devices?.ended(claim, settlement, weighed?.isForgiven ?? false)) ?? null;
    this.#o.fleet.used(claim.worker, hasFailed ? attempt.failure.category : null, rest);
    if (weighed === null) return;
    await this.#outage.tell(weighed.news);
    if (weighed.isMoved) this.#gate.wakeAll();
  }

  /** Nothing can be written down any more: no new claims, no go, and what has not passed its intent ends. */
  #breakOff(error: unknown): void {
    this.#broken ??= error;
    this.#closed.abort();
    this.#gate.wakeAll();
    for (const flight of this.#flights) flight.cancel("halted");
  }

  async #fly(flight: Flight): Promise<JudgedEnd> {
    this.#flights.add(flight);
    if (this.#closed.signal.aborted) flight.cancel(this.#endingAs());
    const judged = await flight.fly();
    this.#flights.delete(flight);
    this.#heed(flight, judged);
    return judged;
  }

  #heed(flight: Flight, { settlement, breach }: JudgedEnd): void {
    this.#counts = countForHalt(this.#counts, flight.claim.job.id, settlement.attempt);
    const decision = decideHalt(this.#o.settings.halt, this.#counts);
    if (decision.next === "halt") this.#halt(decision.reason, decision.now);
    if (breach) this.#halt(BREACH, true);
  }

  #halt(reason: string, cancels: boolean): void {
    this.#halted ??= reason;
    this.#closed.abort();
    this.#gate.wakeAll();
    if (cancels) for (const flight of this.#flights) flight.cancel("halted");
  }

  #endingAs(): CancelReason {
    return this.#halted === null ? "stopped" : "halted";
  }

  stop(stage: 1 | 2): void {
    this.#closed.abort();
    this.#gate.wakeAll();
    for (const flight of this.#flights) {
      if (stage === 1) flight.cancel("stopped");
      else flight.kill("stopped");
    }
    for (const slot of this.#looking) slot.cancel();
    if (stage === 2) for (const slot of this.#o.pool.slots) slot.kill();
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) this.#gate.wakeAll();
  }

  poke(): void {
    this.#gate.wakeAll();
    this.#widen().catch(() => undefined); // a ledger that can't be read is heard by the next claim
  }

  async look(list: readonly Unconfirmed[]): Promise<void> {
    const { fleet, pool } = this.#o;
    const phones = fleet.devices.includes(null) ? null : new Set(fleet.devices);
    const isHere = (device: string) => (phones === null ? this.#o.isPhoneSaid !== false : phones.has(device));
    const isStray = ({ device }: Unconfirmed) => device !== null && !isHere(device);
    await this.#missStrays(list.filter(isStray));
    const left = byPhone(
      list.filter((post) => !isStray(post)),
      phones !== null,
    );
    const loops = Math.min(left.length, pool.slots.length);
    const missed = await Promise.all(Array.from({ length: loops }, () => this.#lookLoop(left)));
    await this.#tellMissed(missed.reduce((a, b) => a + b, 0));
  }

  /** Made on phones that are none of this run's: on no phone, or on another, a look would tell what is not so. */
  async #missStrays(strays: readonly Unconfirmed[]): Promise<void> {
    if (strays.length === 0) return;
    for (const { attempt } of strays) await this.#o.ledger.looks.missed(attempt);
    const [phone, ...others] = new Set(strays.map(({ device }) => device));
    const named = others.length === 0 ? `phone ${phone}` : `phone ${phone} and others`;
    await this.#warnMissed(
      strays.length,
      `made on ${named}, not among the phones here. Where a look needs no phone: reprise verify --devices none`,
    );
  }

  /** @returns how many were not looked for */
  async #lookLoop(left: Visit[]): Promise<number> {
    let missed = 0;
    const { pool, fleet } = this.#o;
    for (let visit = left.shift(); visit !== undefined; visit = left.shift()) {
      const slot = await pool.acquire(this.#closed.signal);
      if (slot === null) break;
      const phone = visit.device === null ? null : await fleet.visit(slot.number, visit.device, this.#closed.signal);
      for (const post of visit.posts) {
        const isBlind = visit.device !== null && phone === null;
        const look = isBlind ? null : await this.#lookAt(slot, post, phone);
        // ended by a stop: the next start looks for it
        if ((look === null || look === "cannot_tell") && this.#closed.signal.aborted) break;
        if (look === null) missed++;
        await this.#recordLook(post, look);
      }
      fleet.leave(slot.number, false);
      pool.release(slot);
    }
    return missed;
  }

  async #tellMissed(n: number): Promise<void> {
    if (n === 0) return;
    await this.#warnMissed(
      n,
      "no phone to be had, or the look was cut short. The next pass or start looks again, or now: reprise verify",
    );
  }

  #warnMissed(n: number, why: string): Promise<void> {
    const message = `${n === 1 ? "1 unconfirmed post was" : `${n} unconfirmed posts were`} not looked for: ${why}`;
    return this.#o.ledger.runs.record({ type: "warning", code: "look_missed", message });
  }

  /** `null`: it was cut short. */
  async #lookAt(slot: WorkerSlot, unconfirmed: Unconfirmed, phone: PhoneAddress | null): Promise<Look | null> {
    const { poster, secrets, attemptTimeoutMs } = this.#o.settings;
    this.#looking.add(slot);
    const timeoutMs = millis(Math.min(LOOK_TIMEOUT_MS, attemptTimeoutMs));
    const look = await slot.look({ unconfirmed, phone, poster, timeoutMs, secrets });
    failpoint("look.heard");
    this.#looking.delete(slot);
    return look;
  }

  async #recordLook(post: Unconfirmed, look: Look | null): Promise<void> {
    const { settings, ledger, clock } = this.#o;
    if (look === null) return ledger.looks.missed(post.attempt);
    // a clock set forward makes a post look old that may still be under way
    const intentAt = instant(Math.max(post.intentAt, clock.steadySince()));
    const facts = { intentAt, absentSince: post.absentSince, settleMs: settings.settleMs };
    await ledger.looks.record(post.attempt, look, decideLook(look, facts, clock.now()));
    failpoint("look.recorded");
  }
}

/** Posts to look for on one phone, one after the other; `null`: on none. */
type Visit = { device: string | null; posts: Unconfirmed[] };

function byPhone(list: readonly Unconfirmed[], usesPhones: boolean): Visit[] {
  const visits = new Map<string, Visit>();
  for (const post of list) {
    const device = usesPhones ? post.device : null;
    const key = device ?? `no phone/${post.attempt}`;
    const visit = visits.get(key) ?? { device, posts: [] };
    visit.posts.push(post);
    visits.set(key, visit);
  }
  return [...visits.values()];
}
