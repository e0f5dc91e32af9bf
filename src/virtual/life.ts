// A process in virtual time: code of a dead one never goes on, that of a frozen one not before it thaws.
import type { Timeline } from "./timeline.ts";

export class Life {
  isAlive = true;
  readonly timeline: Timeline;
  #isFrozen = false;
  #missed: (() => void)[] = [];
  readonly #mourners: (() => void)[] = [];

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  /** Runs it at once, after the thaw, or never. */
  wake(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#isFrozen) this.#missed.push(run);
    else run();
  }

  after(ms: number, run: () => void): () => void {
    let isOff = false;
    const off = this.timeline.after(ms, () => this.wake(() => isOff || run()));
    return () => {
      isOff = true;
      off();
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** What outside work comes to, as this process gets to see it. */
  hears<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) =>
      work.then(
        (value) => this.wake(() => resolve(value)),
        (error: unknown) => this.wake(() => reject(error as Error)),
      ),
    );
  }

  /** Told when it dies. */
  onDeath(run: () => void): void {
    this.#mourners.push(run);
  }

  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#missed = [];
    for (const mourn of this.#mourners.splice(0)) mourn();
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const run of this.#missed.splice(0)) this.wake(run);
  }
}

/** One way between two processes: in order, late, and still delivered when its sender is dead. */
export class Pipe {
  readonly #to: Life;
  readonly #latencyMs: () => number;
  #last = 0;

  constructor(to: Life, latencyMs: () => number) {
    this.#to = to;
    this.#latencyMs = latencyMs;
  }

  send(run: () => void): void {
    const { timeline } = this.#to;
    this.#last = Math.max(this.#last, timeline.now + this.#latencyMs());
    timeline.at(this.#last, () => this.#to.wake(run));
  }
}
