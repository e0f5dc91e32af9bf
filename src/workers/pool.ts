import { type Instant, instant, later, millis } from "../core/ids.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Clock, Processes } from "../host/host.ts";
import { Slot } from "./slot.ts";
import { type WorkerExit, WorkerProcess } from "./worker-process.ts";
import type { WorkerEvent, WorkerPool, WorkerSlot } from "./workers.ts";

export type WorkerPoolOptions = {
  size: number;
  /** Pause between the first starts of two workers. */
  staggerMs: number;
  /** The file a worker's process runs (compose/worker-main.ts). */
  entry: URL;
  /** The workers' whole environment, the mark in it. */
  env: NodeJS.ProcessEnv;
  stateDir: string;
  onEvent(event: WorkerEvent): void;
  clock: Clock;
  processes: Processes;
  /** Added to an attempt's time-out before its worker is taken for hung. Default 15 s. */
  backstopMs?: number;
};

/** Crashes in a row, without one finished attempt between them, after which a slot is off. */
const CRASHES_TO_OFF = 5;
const FIRST_BRAKE_MS = 200;
const LONGEST_BRAKE_MS = 5000;
/** How long workers that were asked to exit may take. */
const CLOSE_MS = 2000;
const BACKSTOP_MS = 15_000;

/** Pause before the replacement that follows so many crashes in a row: none for the first. */
export function brakeMs(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(LONGEST_BRAKE_MS, FIRST_BRAKE_MS * 2 ** (crashes - 2));
}

/** Opens a pool. Its processes start when slots are asked for. */
export const openWorkerPool = (options: WorkerPoolOptions): WorkerPool => new Pool(options);

type Berth = {
  slot: Slot;
  state: "cold" | "starting" | "up" | "off";
  isHeld: boolean;
  wasStarted: boolean;
  crashes: number;
  process: WorkerProcess | null;
  /** The next exit is our doing. */
  isExitExpected: boolean;
  /** Who waits for its process. */
  waiting: ((isUp: boolean) => void)[];
  gone: (() => void)[];
};

class Pool implements WorkerPool {
  readonly slots: readonly WorkerSlot[];
  readonly #options: WorkerPoolOptions;
  readonly #berths: Berth[];
  /** Up and not held, longest idle first. */
  readonly #idle: Berth[] = [];
  readonly #waiters: ((berth: Berth | null) => void)[] = [];
  readonly #closing = new AbortController();
  #nextFirstStart: Instant = instant(0);

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#berths = Array.from({ length: options.size }, (_, i) => this.#berth(i + 1));
    this.slots = this.#berths.map((b) => b.slot);
  }

  get isBroken(): boolean {
    return this.#berths.every((b) => b.state === "off");
  }

  acquire(stop: AbortSignal): Promise<WorkerSlot | null> {
    if (stop.aborted || this.#closing.signal.aborted || this.isBroken) return Promise.resolve(null);
    const idle = this.#idle.shift();
    if (idle !== undefined) {
      idle.isHeld = true;
      return Promise.resolve(idle.slot);
    }
    return new Promise((resolve) => {
      const waiter = (berth: Berth | null) => {
        stop.removeEventListener("abort", giveUp);
        resolve(berth?.slot ?? null);
      };
      const giveUp = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter(null);
      };
      stop.addEventListener("abort", giveUp, { once: true });
      this.#waiters.push(waiter);
      this.#startForWaiters();
    });
  }

  release(slot: WorkerSlot): void {
    const berth = this.#berths.find((b) => b.slot === slot);
    if (berth === undefined || !berth.isHeld) return;
    berth.isHeld = false;
    if (berth.state === "up") this.#offer(berth);
    else this.#startForWaiters();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const waiter of this.#waiters.splice(0)) waiter(null);
    const living = this.#berths.filter((b) => b.process !== null);
    const gone = Promise.all(living.map((b) => new Promise<void>((resolve) => b.gone.push(resolve))));
    for (const berth of living) {
      berth.isExitExpected = true;
      berth.process?.send({ type: "exit" });
    }
    const patience = setTimeout(() => {
      for (const berth of living) berth.slot.kill();
    }, CLOSE_MS);
    await gone;
    clearTimeout(patience);
  }

  #berth(number: number): Berth {
    const berth: Berth = {
      slot: new Slot(number, {
        processes: this.#options.processes,
        backstopMs: this.#options.backstopMs ?? BACKSTOP_MS,
        up: () => this.#up(berth),
        killProcess: (expected) => {
          berth.isExitExpected ||= expected;
          berth.process?.kill();
        },
        finished: () => {
          berth.crashes = 0;
        },
      }),
      state: "cold",
      isHeld: false,
      wasStarted: false,
      crashes: 0,
      process: null,
      isExitExpected: false,
      waiting: [],
      gone: [],
    };
    return berth;
  }

  #offer(berth: Berth): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#idle.push(berth);
      return;
    }
    berth.isHeld = true;
    waiter(berth);
  }

  /** One starting process for each waiter, as far as there are slots. */
  #startForWaiters(): void {
    let lacking = this.#waiters.length - this.#berths.filter((b) => b.state === "starting" && !b.isHeld).length;
    for (const berth of this.#berths) {
      if (lacking <= 0) return;
      if (berth.state !== "cold" || berth.isHeld) continue;
      void this.#start(berth);
      lacking--;
    }
  }

  #up(berth: Berth): Promise<boolean> {
    if (berth.state === "up") return Promise.resolve(true);
    if (berth.state === "off" || this.#closing.signal.aborted) return Promise.resolve(false);
    if (berth.state === "cold") void this.#start(berth);
    return new Promise((resolve) => berth.waiting.push(resolve));
  }

  async #start(berth: Berth): Promise<void> {
    const { clock, onEvent, stateDir, entry, env } = this.#options;
    berth.state = "starting";
    await clock.sleepUntil(this.#startTime(berth), this.#closing.signal);
    if (this.#closing.signal.aborted) {
      this.#tellWaiting(berth, false);
      return;
    }
    berth.isExitExpected = false;
    const started: WorkerProcess = new WorkerProcess(
      { number: berth.slot.number, stateDir, entry, env },
      {
        up: () => this.#isUp(berth, started),
        message: (message) => berth.slot.hear(message),
        exit: (exit) => this.#exited(berth, exit),
      },
    );
    berth.process = started;
    failpoint("pool.spawned");
    if (started.pid !== null) onEvent({ type: "worker.started", worker: berth.slot.number, pid: started.pid });
  }

  /** First starts are staggered, replacements braked. */
  #startTime(berth: Berth): Instant {
    const now = this.#options.clock.now();
    if (berth.wasStarted) return later(now, millis(brakeMs(berth.crashes)));
    berth.wasStarted = true;
    const at = this.#nextFirstStart > now ? this.#nextFirstStart : now;
    this.#nextFirstStart = later(at, millis(this.#options.staggerMs));
    return at;
  }

  #isUp(berth: Berth, process: WorkerProcess): void {
    berth.state = "up";
    berth.slot.attach((message) => process.send(message));
    this.#tellWaiting(berth, true);
    if (!berth.isHeld) this.#offer(berth);
  }

  #exited(berth: Berth, exit: WorkerExit): void {
    const { slot, process } = berth;
    const wasUp = berth.state === "up";
    const expected = berth.isExitExpected;
    berth.process = null;
    berth.state = "cold";
    if (this.#idle.includes(berth)) this.#idle.splice(this.#idle.indexOf(berth), 1);
    if (process?.pid !== null && process !== null) {
      const { code, signal } = exit;
      this.#options.onEvent({ type: "worker.exited", worker: slot.number, pid: process.pid, code, signal, expected });
    }
    if (wasUp) slot.lost(exit.why);
    for (const gone of berth.gone.splice(0)) gone();
    if (!expected) berth.crashes++;
    this.#replace(berth, expected);
  }

  #replace(berth: Berth, expected: boolean): void {
    if (this.#closing.signal.aborted) {
      this.#tellWaiting(berth, false);
    } else if (berth.crashes >= CRASHES_TO_OFF) {
      berth.state = "off";
      this.#tellWaiting(berth, false);
      if (this.isBroken) for (const waiter of this.#waiters.splice(0)) waiter(null);
      else this.#startForWaiters();
    } else if (!expected || berth.waiting.length > 0) {
      void this.#start(berth);
    } else {
      this.#startForWaiters(); // killed on purpose: started again only when somebody asks
    }
  }

  #tellWaiting(berth: Berth, isUp: boolean): void {
    for (const waiting of berth.waiting.splice(0)) waiting(isUp);
  }
}
