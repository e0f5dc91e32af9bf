// The orchestrator's side of a virtual worker: what it heard, what it answered, and what becomes of work whose worker died.
import type { GoAnswer } from "../core/claim.ts";
import type { AttemptId } from "../core/ids.ts";
import type { PosterEnd, PosterExit } from "../core/poster-end.ts";
import type { Look } from "../core/verify.ts";
import type { AttemptHooks, LookTask, WorkerEvent, WorkerPool, WorkerSlot, WorkerTask } from "../workers/workers.ts";
import { type Life, Pipe } from "./life.ts";
import { VirtualWorker } from "./worker.ts";
import type { Word, WorkerWorld } from "./world.ts";

/** How long an answer under way holds up the end of a lost attempt. */
const LAST_ANSWER_MS = 1_000;
/** Added to a time-out before a worker that reports no end is killed. */
const BACKSTOP_MS = 15_000;
const CLOSE_MS = 2_000;

type Heard = Pick<PosterEnd, "spoke" | "step" | "gotGo" | "noGo">;
type Work = {
  /** `null`: a look. */
  task: WorkerTask | null;
  hooks: AttemptHooks | null;
  finish(end: PosterEnd | Look | null): void;
  heard: Heard;
  answers: Set<Promise<void>>;
  endedBy: PosterExit | null;
  offBackstop: () => void;
};

export type PoolParts = {
  world: WorkerWorld;
  /** The orchestrator's. */
  life: Life;
  mark: string;
  size: number;
  onEvent(event: WorkerEvent): void;
};

class VirtualSlot implements WorkerSlot {
  readonly number: number;
  readonly #parts: PoolParts;
  #worker: VirtualWorker | null = null;
  #down: Pipe | null = null;
  #work: Work | null = null;
  #isExpected = false;
  #gone: (() => void)[] = [];

  constructor(number: number, parts: PoolParts) {
    this.number = number;
    this.#parts = parts;
  }

  attempt(task: WorkerTask, hooks: AttemptHooks): Promise<PosterEnd> {
    return new Promise((resolve) => {
      this.#begin({ task, hooks }, (end) => resolve(end as PosterEnd), task.attemptTimeoutMs);
      const worker = this.#up();
      this.#down?.send(() => worker.attempt(task));
    });
  }

  look(task: LookTask): Promise<Look | null> {
    return new Promise((resolve) => {
      this.#begin({ task: null, hooks: null }, (end) => resolve(end as Look | null), task.timeoutMs);
      const worker = this.#up();
      this.#down?.send(() => worker.look(task));
    });
  }

  /** Repairs are no part of virtual time. */
  check(): Promise<null> {
    return Promise.resolve(null);
  }

  settled(attempt: AttemptId): void {
    const worker = this.#worker;
    if (worker !== null) this.#down?.send(() => worker.settled(attempt));
  }

  cancel(): void {
    const worker = this.#worker;
    if (this.#work?.task === null) this.#work.endedBy ??= { kind: "cancelled" };
    if (this.#work !== null && worker !== null) this.#down?.send(() => worker.cancel());
  }

  kill(): void {
    this.#killAs({ kind: "cancelled" }, true);
  }

  /** Asks the process to leave, and waits until it is gone. */
  close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return Promise.resolve();
    this.#isExpected = true;
    this.#down?.send(() => worker.exit());
    this.#parts.life.after(CLOSE_MS, () => this.#worker === worker && this.kill());
    return new Promise((resolve) => this.#gone.push(resolve));
  }

  #begin(errand: Pick<Work, "task" | "hooks">, finish: Work["finish"], timeoutMs: number): void {
    const endedBy: PosterExit = { kind: "timed_out", afterMs: timeoutMs as never };
    const offBackstop = this.#parts.life.after(timeoutMs + BACKSTOP_MS, () => this.#killAs(endedBy, false));
    const heard: Heard = { spoke: false, step: "starting", gotGo: false, noGo: null };
    this.#work = { ...errand, finish, heard, answers: new Set(), endedBy: null, offBackstop };
  }

  /** Its process, started if there is none. */
  #up(): VirtualWorker {
    if (this.#worker !== null) return this.#worker;
    const { world, life, mark, onEvent } = this.#parts;
    this.#isExpected = false;
    const worker: VirtualWorker = new VirtualWorker(
      world,
      { number: this.number, mark },
      { life, hear: (word) => this.#hear(word), lost: () => this.#lost() },
    );
    this.#worker = worker;
    this.#down = new Pipe(worker.life, () => world.fate.latency("message"));
    onEvent({ type: "worker.started", worker: this.number, pid: worker.pid });
    return worker;
  }

  #hear(word: Word): void {
    const work = this.#work;
    if (work === null) return;
    switch (word.type) {
      case "spoke":
        work.heard.spoke = true;
        work.hooks?.spoke();
        break;
      case "step":
        work.heard.step = word.name;
        work.hooks?.step(word.name);
        break;
      case "media":
        this.#answer(work, word, work.hooks?.media(word.found));
        break;
      case "publishing":
        work.heard.step = "publishing";
        this.#answer(work, word, work.hooks?.publishing("newest"));
        break;
      case "finished":
        this.#close(work, asEndedBy(work.endedBy, word.end));
        break;
      case "looked":
        this.#close(work, work.endedBy !== null && word.look === "cannot_tell" ? null : word.look);
    }
  }

  #answer(work: Work, word: Extract<Word, { answer: unknown }>, asked: Promise<GoAnswer> | undefined): void {
    const down = this.#down;
    const worker = this.#worker;
    if (asked === undefined) return;
    const answering = asked
      .catch((): GoAnswer => ({ go: false, reason: "stopping" }))
      .then((answer) => {
        work.answers.delete(answering);
        if (this.#worker !== worker || down === null) return;
        if (!answer.go) work.heard.noGo = answer.reason;
        else if (word.type === "publishing") work.heard.gotGo = true;
        down.send(() => word.answer(answer));
      });
    work.answers.add(answering);
  }

  #lost(): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#down = null;
    if (worker !== null) {
      const [code, signal] = this.#isExpected ? [0, null] : [null, "SIGKILL"];
      const { pid } = worker;
      this.#parts.onEvent({
        type: "worker.exited",
        worker: this.number,
        pid,
        code,
        signal,
        expected: this.#isExpected,
      });
    }
    for (const gone of this.#gone.splice(0)) gone();
    const work = this.#work;
    if (work !== null)
      this.#end(work, work.endedBy ?? { kind: "lost", message: `worker ${this.number} is gone: SIGKILL` });
  }

  #killAs(exit: PosterExit, expected: boolean): void {
    if (this.#work !== null) this.#work.endedBy ??= exit;
    this.#isExpected ||= expected;
    this.#worker?.life.kill();
  }

  /** An end that only this side saw. */
  #end(work: Work, exit: PosterExit): void {
    const end: PosterEnd = { ...work.heard, said: null, exit, stderrTail: "", error: null, evidence: [] };
    const close = () => {
      const known = { ...end, ...work.heard };
      if (work.task !== null) this.#parts.world.onEnd?.(work.task.claim, known);
      this.#close(work, work.task === null ? null : known);
    };
    const patience = this.#parts.life.sleep(LAST_ANSWER_MS);
    if (work.answers.size === 0) close();
    else void Promise.race([Promise.allSettled(work.answers), patience]).then(close);
  }

  #close(work: Work, end: PosterEnd | Look | null): void {
    if (this.#work !== work) return;
    this.#work = null;
    work.offBackstop();
    work.finish(end);
  }
}

const asEndedBy = (endedBy: PosterExit | null, end: PosterEnd): PosterEnd =>
  endedBy !== null && end.exit.kind === "signal" ? { ...end, exit: endedBy } : end;

/** A pool whose processes start when their first work comes. */
export function openVirtualPool(parts: PoolParts): WorkerPool {
  return new VirtualPool(parts);
}

class VirtualPool implements WorkerPool {
  readonly slots: readonly VirtualSlot[];
  readonly isBroken = false;
  readonly #idle: VirtualSlot[];
  readonly #waiters: ((slot: VirtualSlot | null) => void)[] = [];
  #isClosed = false;

  constructor(parts: PoolParts) {
    this.slots = Array.from({ length: parts.size }, (_, i) => new VirtualSlot(i + 1, parts));
    this.#idle = [...this.slots];
  }

  acquire(stop: AbortSignal): Promise<WorkerSlot | null> {
    if (stop.aborted || this.#isClosed) return Promise.resolve(null);
    const idle = this.#idle.shift();
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve) => {
      const waiter = (slot: VirtualSlot | null) => {
        stop.removeEventListener("abort", giveUp);
        resolve(slot);
      };
      const giveUp = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter(null);
      };
      stop.addEventListener("abort", giveUp, { once: true });
      this.#waiters.push(waiter);
    });
  }

  release(slot: WorkerSlot): void {
    const found = this.slots.find((s) => s === slot);
    if (found === undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#idle.push(found);
    else waiter(found);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiters.splice(0)) waiter(null);
    await Promise.all(this.slots.map((slot) => slot.close()));
  }
}
