// One virtual machine: a clock on the wall that can be set, its processes, and a folder for what workers leave behind.
import { type AttemptId, type Fence, type Instant, instant, type JobId } from "../core/ids.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import type { Clock, Host, MarkedProcess, ProcessId } from "../host/host.ts";
import type { Life } from "./life.ts";
import { Timeline } from "./timeline.ts";

export type Left = { file: string; attempt: AttemptId; fence: Fence; job: JobId; end: PosterEnd };
type Sleeper = { life: Life; until: Instant; wake: () => void; off: () => void };
type Running = MarkedProcess & { life: Life };

/** A sleeper looks at the clock on the wall this often: so late at most it sees that somebody has set it. */
const LOOK_AT_CLOCK_MS = 1000;
const BOOT = "virtual";

export class Machine {
  readonly timeline = new Timeline();
  /** Ends left by workers whose orchestrator was gone. */
  readonly outbox: Left[] = [];
  #ahead: number;
  #steadySince: Instant = instant(0);
  #lastPid = 1000;
  readonly #processes = new Map<number, Running>();
  readonly #sleepers = new Set<Sleeper>();
  readonly #tickers = new Set<{ life: Life; run: () => void; everyMs: number; isDue: boolean }>();

  /** @param startsAt  what the clock on the wall shows at the beginning */
  constructor(startsAt: Instant) {
    this.#ahead = startsAt;
  }

  /** The clock on the wall. */
  get wall(): Instant {
    return instant(Math.floor(this.timeline.now + this.#ahead));
  }

  /** Somebody sets the clock. Sleepers notice within a second; a clock set back never ends a sleep early. */
  setClock(byMs: number): void {
    this.#ahead += byMs;
    if (byMs > 0) this.#steadySince = this.wall;
    for (const sleeper of this.#sleepers) {
      sleeper.off();
      this.#arm(sleeper, Math.max(LOOK_AT_CLOCK_MS / 2, sleeper.until - this.wall));
    }
  }

  /** A process begins. Its mark is how a sweep finds it. */
  begin(life: Life, about: { mark: string; command: string }): ProcessId {
    const id = { pid: ++this.#lastPid, startTime: `${Math.round(this.timeline.now)}`, bootId: BOOT };
    this.#processes.set(id.pid, { ...id, ...about, life });
    life.onDeath(() => this.#processes.delete(id.pid));
    return id;
  }

  /** The machine as this process sees it. */
  hostOf(life: Life, self: ProcessId): Host {
    return {
      clock: this.#clockOf(life),
      timers: {
        after: (ms, run) => life.after(ms, run),
        every: (everyMs, run) => {
          const ticker = { life, run, everyMs, isDue: false };
          this.#tickers.add(ticker);
          return () => this.#tickers.delete(ticker);
        },
      },
      processes: {
        self: () => self,
        host: () => BOOT,
        isAlive: ({ pid, startTime }) => this.#processes.get(pid)?.startTime === startTime,
        marked: (prefix) =>
          [...this.#processes.values()].filter((p) => p.pid !== self.pid && p.mark.startsWith(prefix)),
        kill: ({ pid, startTime }) => {
          const found = this.#processes.get(pid);
          if (found?.startTime !== startTime) return false;
          found.life.kill();
          return true;
        },
      },
    };
  }

  /** Something changed that who looks again and again would find: the next look of each comes. */
  stir(): void {
    for (const ticker of this.#tickers) {
      if (ticker.isDue) continue;
      ticker.isDue = true;
      ticker.life.after(ticker.everyMs, () => {
        ticker.isDue = false;
        if (this.#tickers.has(ticker)) ticker.run();
      });
    }
  }

  #clockOf(life: Life): Clock {
    return {
      now: () => this.wall,
      steadySince: () => this.#steadySince,
      sleepUntil: (until, stop) => {
        const left = until - this.wall;
        if (left <= 0 || stop.aborted) return Promise.resolve();
        return new Promise((resolve) => {
          const wake = () => {
            this.#sleepers.delete(sleeper);
            sleeper.off();
            stop.removeEventListener("abort", wake);
            resolve();
          };
          const sleeper: Sleeper = { life, until, wake, off: () => {} };
          this.#sleepers.add(sleeper);
          stop.addEventListener("abort", wake, { once: true });
          this.#arm(sleeper, left);
        });
      },
    };
  }

  #arm(sleeper: Sleeper, ms: number): void {
    sleeper.off = sleeper.life.after(ms, () => {
      // set back meanwhile: not yet
      if (sleeper.until > this.wall) this.#arm(sleeper, sleeper.until - this.wall);
      else sleeper.wake();
    });
  }
}
