// Dispatch within this process: one loop a slot, each claiming from the ledger and flying one attempt at a time.

import type { CancelReason } from "../../core/attempt.ts";
import type { Unconfirmed } from "../../core/claim.ts";
import { countForHalt, decideHalt, type HaltCounts, NO_HALT_COUNTS } from "../../core/halt.ts";
import { instant, millis } from "../../core/ids.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { JudgedEnd } from "../../core/settle-end.ts";
import { decideLook } from "../../core/verify.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import type { Clock } from "../../host/host.ts";
import type { CampaignLedger } from "../../ledger/ledger.ts";
import type { WorkerPool, WorkerSlot } from "../../workers/workers.ts";
import type { Dispatch, DrainEnd, Load } from "../dispatch.ts";
import { asksOpaque, Flight } from "./flight.ts";
import { Gate } from "./gate.ts";

export type EmbeddedDispatchOptions = { ledger: CampaignLedger; pool: WorkerPool; settings: RunSettings; clock: Clock };

/** Longest a look may take. */
const LOOK_TIMEOUT_MS = 120_000;
const BREACH =
  "the poster said posted without asking first (publishing): what it posts can't be kept from happening twice";
const NO_WORKERS = "no worker can be kept alive: see logs/worker_*.log in the state folder";

export function openEmbeddedDispatch(options: EmbeddedDispatchOptions): Dispatch {
  return new EmbeddedDispatch(options);
}

class EmbeddedDispatch implements Dispatch {
  readonly #o: EmbeddedDispatchOptions;
  readonly #gate: Gate;
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
  }

  get setupFailure(): string | null {
    const [cause] = this.#counts.setups.keys();
    return cause ?? null;
  }

  get devices(): (string | null)[] {
    return this.#o.pool.slots.map((slot) => slot.device);
  }

  load(): Load {
    const pastIntent = [...this.#flights].filter((f) => f.isPastIntent).length;
    return { inFlight: this.#flights.size, pastIntent };
  }

  async drain(): Promise<DrainEnd> {
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
    this.#busy++;
    try {
      const answer = await this.#o.ledger.claims.claim(
        { worker: slot.number, device: slot.device, asOpaque: asksOpaque(this.#o.settings) },
        this.#o.settings,
      );
      if (answer.next === "claimed") {
        failpoint("claim.committed");
        this.#gate.wakeOne();
        await this.#fly(new Flight({ ...this.#o, claims: this.#o.ledger.claims, claim: answer.claim, slot }));
        this.#busy--;
        this.#o.pool.release(slot);
        return;
      }
      this.#busy--;
      this.#o.pool.release(slot);
      if (answer.next === "none" && this.#busy === 0) done.abort();
      else await this.#gate.sleep(answer.next === "wait" ? answer.until : null);
    } catch (error) {
      // nothing can be written down any more: no new claims, no go, and what has not passed its intent ends
      this.#broken ??= error;
      this.#closed.abort();
      this.#gate.wakeAll();
      for (const flight of this.#flights) flight.cancel("halted");
    }
  }

  async #fly(flight: Flight): Promise<void> {
    this.#flights.add(flight);
    if (this.#closed.signal.aborted) flight.cancel(this.#endingAs());
    const judged = await flight.fly();
    this.#flights.delete(flight);
    this.#heed(flight, judged);
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
    const left = [...list];
    const loops = Math.min(left.length, this.#o.pool.slots.length);
    await Promise.all(Array.from({ length: loops }, () => this.#lookLoop(left)));
  }

  async #lookLoop(left: Unconfirmed[]): Promise<void> {
    const { pool, settings, ledger, clock } = this.#o;
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const slot = await pool.acquire(this.#closed.signal);
      if (slot === null) return;
      this.#looking.add(slot);
      const look = await slot.look({
        unconfirmed: next,
        poster: settings.poster,
        timeoutMs: millis(Math.min(LOOK_TIMEOUT_MS, settings.attemptTimeoutMs)),
        secrets: settings.secrets,
      });
      failpoint("look.heard");
      this.#looking.delete(slot);
      pool.release(slot);
      // ended by a stop: that tells nothing of the post
      if (look === "cannot_tell" && this.#closed.signal.aborted) return;
      // a clock set forward makes a post look old that may still be under way
      const intentAt = instant(Math.max(next.intentAt, clock.steadySince()));
      const facts = { intentAt, absentSince: next.absentSince, settleMs: settings.settleMs };
      await ledger.looks.record(next.attempt, look, decideLook(look, facts, clock.now()));
      failpoint("look.recorded");
    }
  }
}
