// Groups writes: all that is asked for in one turn of the event loop is one durable transaction.
import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_VERSION, type EventLine, type RunEvent } from "../../core/events.ts";
import type { Instant } from "../../core/ids.ts";
import { LedgerError } from "../ledger.ts";
import { fencedOff } from "../ledger-rules.ts";
import { type Database, isBusy, ledgerError } from "./database.ts";
import { IN_USE, intoFile } from "./open-note.ts";

/** What a write works with. `now` is one instant for the whole write. */
export type Tx = {
  db: Database;
  now: Instant;
  emit(of: { campaign: number | null; run: string }, event: RunEvent): void;
};

type Pending = { work: (tx: Tx) => unknown; resolve: (value: never) => void; reject: (error: unknown) => void };

/** Longest wait for another process's write lock. */
const BUSY_PATIENCE_MS = 30_000;
const LAZY_MS = 30;

export class Writer {
  readonly #db: Database;
  readonly #file: string;
  readonly #now: () => Instant;
  readonly #listeners = new Set<(line: EventLine) => void>();
  #queue: Pending[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isScheduled = false;
  #flushing: Promise<void> = Promise.resolve();
  #hasWritten = false;
  /** Campaigns that this handle is the orchestrator of, with the number it got. */
  readonly #reigns = new Map<number, { number: number; name: string }>();

  constructor(db: Database, file: string, now: () => Instant) {
    this.#db = db;
    this.#file = file;
    this.#now = now;
  }

  /** Whether anything was written through this handle. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Becomes the orchestrator of a campaign. */
  async reign(ensure: (tx: Tx) => number, name: string): Promise<void> {
    const { id, number } = await this.write((tx) => {
      const id = ensure(tx);
      const row = tx.db.one<{ reign: number }>(
        "UPDATE campaign SET reign = reign + 1 WHERE id = ? RETURNING reign",
        id,
      );
      return { id, number: row?.reign ?? 0 };
    });
    this.#reigns.set(id, { number, name });
  }

  /** The campaign that another handle has become the orchestrator of since; `null` = none. */
  lostReign(): string | null {
    for (const [id, { number, name }] of this.#reigns)
      if (this.#db.one<{ reign: number }>("SELECT reign FROM campaign WHERE id = ?", id)?.reign !== number) return name;
    return null;
  }

  subscribe(listener: (line: EventLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once committed and on disk. `lazy`: may wait a moment for company. */
  write<T>(work: (tx: Tx) => T, when: "now" | "lazy" = "now"): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: never) => void, reject });
      if (when === "now") this.#schedule();
      else this.#timer ??= setTimeout(() => this.#schedule(), LAZY_MS);
    });
  }

  /** Writes what is still waiting. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0) {
      this.#schedule();
      await new Promise((resolve) => setImmediate(resolve));
      await this.#flushing;
    }
    await this.#flushing;
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#flushing = this.#flushing.then(() => {
        this.#isScheduled = false;
        return this.#flush();
      });
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    if (batch.length === 0) return;
    if (await this.#tryTogether(batch)) return;
    for (const one of batch) await this.#alone(one);
  }

  /** `false`: one of them failed, nothing was written. */
  async #tryTogether(batch: Pending[]): Promise<boolean> {
    const events: EventLine[] = [];
    const values: unknown[] = [];
    let isNew = false;
    try {
      await this.#begin();
      const lost = this.lostReign();
      if (lost !== null) throw new LedgerError("fenced", fencedOff(lost));
      const now = this.#now();
      isNew = this.#db.run(IN_USE) > 0;
      for (const { work } of batch) values.push(work(this.#tx(now, events)));
      this.#db.connection.exec("COMMIT");
      this.#hasWritten = true;
      if (isNew) intoFile(this.#db.connection);
    } catch (error) {
      this.#rollback();
      if (batch.length > 1) return false;
      batch[0]?.reject(ledgerError(error, this.#file));
      return true;
    }
    this.#publish(events);
    batch.forEach((one, i) => {
      one.resolve(values[i] as never);
    });
    return true;
  }

  async #alone(one: Pending): Promise<void> {
    await this.#tryTogether([one]);
  }

  async #begin(): Promise<void> {
    for (let waited = 0; ; ) {
      try {
        this.#db.connection.exec("BEGIN IMMEDIATE");
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (waited > BUSY_PATIENCE_MS) {
          throw new LedgerError(
            "busy",
            `${this.#file} has been locked by another program for ${BUSY_PATIENCE_MS / 1000} s`,
            { cause: error },
          );
        }
        const pause = 5 + (waited % 20);
        await sleep(pause);
        waited += pause + 50;
      }
    }
  }

  #rollback(): void {
    if (this.#db.connection.isOpen && this.#db.connection.isTransaction) this.#db.connection.exec("ROLLBACK");
  }

  #tx(now: Instant, events: EventLine[]): Tx {
    const db = this.#db;
    return {
      db,
      now,
      emit({ campaign, run }, event) {
        db.run(
          "INSERT INTO event (campaign, run, ts, version, type, body) VALUES (?, ?, ?, ?, ?, ?)",
          campaign,
          run,
          now,
          EVENT_VERSION,
          event.type,
          JSON.stringify(event),
        );
        events.push({ v: EVENT_VERSION, ts: new Date(now).toISOString(), run, ...event });
      },
    };
  }

  #publish(events: EventLine[]): void {
    for (const line of events) for (const listener of this.#listeners) listener(line);
  }
}
