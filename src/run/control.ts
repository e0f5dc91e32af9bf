// The only way to a running campaign from outside: stop (twice), pause, resume, next.
import type { Instant } from "../core/ids.ts";
import type { RunSettings } from "../core/settings.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { Clock, Timers } from "../host/host.ts";
import type { Command, Ledger, RunBook } from "../ledger/ledger.ts";

export type ControlParts = {
  ledger: Ledger;
  runs: RunBook;
  dispatch: Dispatch;
  settings: RunSettings;
  clock: Clock;
  timers: Timers;
};

/** How often another process's commands are looked for. */
const LISTEN_EVERY_MS = 100;

export class Control {
  readonly #parts: ControlParts;
  readonly #stopping = new AbortController();
  readonly #now = new AbortController();
  #stage: 0 | 1 | 2 = 0;
  #isClosed = false;
  #by: string | null = null;
  #skipDelay: AbortController | null = null;
  #endGrace: () => void = () => {};
  #endListening: () => void = () => {};
  #version: number | null = null;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  get stopAsked(): boolean {
    return this.#stage > 0;
  }
  /** Fires when all has to end now. */
  get hurry(): AbortSignal {
    return this.#now.signal;
  }
  /** Who asked first; `null` = nobody. */
  get stoppedBy(): string | null {
    return this.#by;
  }

  /**
   * Stage 1: no new claims, attempts before their intent end, the others may finish within the grace. Stage 2: all end now.
   * Says so at once.
   */
  requestStop(by: string, stage: 1 | 2): void {
    if (stage <= this.#stage || this.#isClosed) return;
    this.#stage = stage;
    this.#by ??= by;
    const { dispatch, runs, settings } = this.#parts;
    const { inFlight, pastIntent } = dispatch.load();
    this.#say(runs.record({ type: "stop.requested", by, stage, in_flight: inFlight, past_intent: pastIntent }));
    this.#say(runs.markStopping());
    dispatch.stop(stage);
    this.#stopping.abort();
    if (stage === 2) this.#now.abort();
    if (stage === 1)
      this.#endGrace = this.#parts.timers.after(settings.stopGraceMs, () => this.requestStop("stop-grace", 2));
  }

  /** Sleeps until `until`; ends early on a stop or on the command `next`. */
  async sleepUntil(until: Instant): Promise<void> {
    this.#skipDelay = new AbortController();
    await this.#parts.clock.sleepUntil(until, AbortSignal.any([this.#stopping.signal, this.#skipDelay.signal]));
    this.#skipDelay = null;
  }

  /** Takes up commands that other processes leave in the ledger, until closed. */
  listen(): void {
    this.#endListening = this.#parts.timers.every(LISTEN_EVERY_MS, () => this.#say(this.#look()));
  }

  /** What is asked of it from now on comes too late. */
  close(): void {
    this.#isClosed = true;
    this.#endListening();
    this.#endGrace();
  }

  async #look(): Promise<void> {
    const version = await this.#parts.ledger.version();
    if (version === this.#version) return;
    this.#version = version;
    if (!(await this.#parts.runs.reigns())) return this.requestStop("take-over", 2);
    for (const command of await this.#parts.runs.takeCommands()) this.#obey(command);
    this.#parts.dispatch.poke();
  }

  #obey({ type, by }: Command): void {
    if (type === "stop") this.requestStop(by, 1);
    else if (type === "stop_now") this.requestStop(by, 2);
    else if (type === "next") this.#skipDelay?.abort();
    else this.#parts.dispatch.pause(type === "pause");
  }

  /** A word that can't be written is lost; the stop itself is not. */
  #say(write: Promise<void>): void {
    write.catch(() => undefined);
  }
}
