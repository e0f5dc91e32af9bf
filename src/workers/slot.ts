// A slot: the work it does now, and what becomes of that work when its process dies. The process itself is the pool's.

import type { GoAnswer } from "../core/claim.ts";
import type { AttemptId, Millis } from "../core/ids.ts";
import type { PosterEnd, PosterExit } from "../core/poster-end.ts";
import type { Look } from "../core/verify.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Processes, ProcessId } from "../host/host.ts";
import { endAsHeard, type Heard, NOTHING_HEARD, withAnswer } from "./lost-end.ts";
import type { ChildMessage, ParentMessage } from "./protocol.ts";
import { timerMs } from "./timer.ts";
import type { AttemptHooks, CheckTask, LookTask, WorkerSlot, WorkerTask } from "./workers.ts";

/** How long a hook that is still being answered holds up the end of a lost attempt. */
const LAST_ANSWER_MS = 1000;

type Errand =
  | { kind: "attempt"; hooks: AttemptHooks; finish(end: PosterEnd): void }
  | { kind: "look"; finish(look: Look | null): void }
  | { kind: "check"; finish(end: PosterEnd | null): void };

type Work = {
  attempt: AttemptId;
  errand: Errand;
  heard: Heard;
  /** Answers under way; the end waits for them, so that nobody writes an intent after it. */
  answers: Set<Promise<void>>;
  /** Why we ended it; `null` = we did not. */
  endedBy: PosterExit | null;
  poster: ProcessId | null;
  /** Its end, told by a process that is being replaced. */
  told: (() => void) | null;
  backstop: NodeJS.Timeout | null;
};

export type SlotPorts = {
  processes: Processes;
  /** Added to a time-out before a worker that reports no end is killed. */
  backstopMs: number;
  /** Resolves when the slot's process is up, `false` when it will not come up any more. */
  up(): Promise<boolean>;
  /** Kills the process group of the slot's process, whatever it does. `expected`: no crash. */
  killProcess(expected: boolean): void;
  /** The worker ended its work in good order. */
  finished(): void;
};

type Send = (message: ParentMessage) => void;
type WorkMessage = Exclude<ChildMessage, { type: "hello" | "poster_started" }>;

export class Slot implements WorkerSlot {
  readonly number: number;
  readonly #ports: SlotPorts;
  /** To the process that is up; `null` = none is. */
  #send: Send | null = null;
  #work: Work | null = null;

  constructor(number: number, ports: SlotPorts) {
    this.number = number;
    this.#ports = ports;
  }

  attempt(task: WorkerTask, hooks: AttemptHooks): Promise<PosterEnd> {
    return new Promise((finish) => {
      const work = begin(task.claim.attempt, { kind: "attempt", hooks, finish });
      void this.#start(work, { type: "attempt", task }, task.attemptTimeoutMs);
    });
  }

  look(task: LookTask): Promise<Look | null> {
    return new Promise((finish) => {
      const work = begin(task.unconfirmed.attempt, { kind: "look", finish });
      void this.#start(work, { type: "look", task }, task.timeoutMs);
    });
  }

  check(task: CheckTask): Promise<PosterEnd | null> {
    return new Promise((finish) => {
      const work = begin(task.attempt, { kind: "check", finish });
      void this.#start(work, { type: "check", task }, task.timeoutMs);
    });
  }

  settled(attempt: AttemptId): void {
    this.#send?.({ type: "settled", attempt });
  }

  cancel(): void {
    if (this.#work === null) return;
    if (this.#work.errand.kind === "look") this.#work.endedBy ??= { kind: "cancelled" };
    if (this.#send === null) this.#endUnsent(this.#work);
    else this.#send({ type: "cancel" });
  }

  kill(): void {
    this.#killAs({ kind: "cancelled" }, true);
  }

  // --- what the pool tells ---

  /** The process is up. */
  attach(send: Send): void {
    this.#send = send;
  }

  /** What the worker says. A word about other work than the present is old news. */
  hear(message: ChildMessage): void {
    const work = this.#work;
    if (work === null || message.type === "hello") return;
    if (message.type === "poster_started") work.poster = message;
    else if (message.attempt === work.attempt) this.#hearOf(work, message);
  }

  /** The process that was up is gone: its work is lost, and a poster it left behind is killed. */
  lost(why: string): void {
    this.#send = null;
    const work = this.#work;
    if (work === null) return;
    if (work.told !== null) {
      this.#close(work, work.told);
      return;
    }
    this.#killPoster(work);
    this.#end(work, work.endedBy ?? { kind: "lost", message: `worker ${this.number} is gone: ${why}` });
  }

  // --- inside ---

  async #start(work: Work, message: ParentMessage, timeoutMs: Millis): Promise<void> {
    this.#work = work;
    const isUp = await this.#ports.up();
    if (this.#work !== work) return; // ended meanwhile
    if (!isUp) {
      this.#end(work, { kind: "not_started", errno: "EAGAIN", message: `worker ${this.number} can't be started` });
      return;
    }
    const afterMs = timeoutMs;
    work.backstop = setTimeout(
      () => this.#killAs({ kind: "timed_out", afterMs }, false),
      timerMs(timeoutMs + this.#ports.backstopMs),
    );
    this.#send?.(message);
    if (message.type === "attempt") failpoint("attempt.sent");
  }

  #hearOf(work: Work, message: WorkMessage): void {
    const { errand } = work;
    if (message.type === "looked" || message.type === "finished" || message.type === "checked") {
      this.#ports.finished();
      const tell = () => {
        if (message.type === "checked" && errand.kind === "check") errand.finish(message.end);
        if (message.type === "looked" && errand.kind === "look")
          errand.finish(isCutShort(work, message.look) ? null : message.look);
        if (message.type === "finished" && errand.kind === "attempt")
          errand.finish(asEndedBy(work.endedBy, message.end));
      };
      if (message.leaving) this.#replaceFirst(work, tell);
      else this.#close(work, tell);
    } else if (errand.kind === "attempt") {
      this.#hearOfAttempt(work, errand.hooks, message);
    }
  }

  /** What it told counts, but only when its process is gone: the next work must not be sent to it. */
  #replaceFirst(work: Work, tell: () => void): void {
    work.told = tell;
    this.#ports.killProcess(true);
  }

  #hearOfAttempt(
    work: Work,
    hooks: AttemptHooks,
    message: Exclude<WorkMessage, { type: "looked" | "finished" | "checked" }>,
  ): void {
    switch (message.type) {
      case "spoke":
        work.heard = { ...work.heard, spoke: true };
        hooks.spoke();
        break;
      case "step":
        work.heard = { ...work.heard, step: message.name };
        hooks.step(message.name);
        break;
      case "media":
        this.#answer(work, message, hooks.media(message.found));
        break;
      case "publishing":
        work.heard = { ...work.heard, step: "publishing" };
        this.#answer(work, message, hooks.publishing(message.baseline));
        break;
    }
  }

  /** Hands an answer on. A hook that throws gives no go; an answer after its worker died reaches nobody. */
  #answer(work: Work, { ask, type }: { ask: number; type: "media" | "publishing" }, asked: Promise<GoAnswer>): void {
    const send = this.#send;
    const answering = asked
      .catch((): GoAnswer => ({ go: false, reason: "stopping" }))
      .then((answer) => {
        work.answers.delete(answering);
        if (this.#send !== send || send === null) return;
        if (type === "publishing" || !answer.go) work.heard = withAnswer(work.heard, answer);
        send({ type: "answer", ask, answer });
        if (type === "publishing") failpoint("go.sent");
      });
    work.answers.add(answering);
  }

  #killAs(exit: PosterExit, expected: boolean): void {
    const work = this.#work;
    const hadProcess = this.#send !== null;
    if (work !== null) work.endedBy ??= exit;
    this.#ports.killProcess(expected); // first, so that it does not report its poster's death as one of its own
    if (work === null) return;
    this.#killPoster(work);
    if (!hadProcess) this.#end(work, exit); // else `lost` ends it when the process is gone
  }

  #killPoster({ poster }: Work): void {
    if (poster !== null) this.#ports.processes.kill(poster, "SIGKILL");
  }

  /** No worker ever had it: nothing of it can be live. */
  #endUnsent(work: Work): void {
    work.heard = { ...work.heard, noGo: "stopping" };
    this.#end(work, { kind: "cancelled" });
  }

  /** An end that only the pool saw. */
  #end(work: Work, exit: PosterExit): void {
    const { errand } = work;
    if (errand.kind === "look") {
      this.#close(work, () => errand.finish(null));
      return;
    }
    const close = () => this.#close(work, () => errand.finish(endAsHeard(work.heard, exit)));
    if (work.answers.size === 0) {
      close();
      return;
    }
    const patience = new Promise((resolve) => setTimeout(resolve, LAST_ANSWER_MS).unref());
    void Promise.race([Promise.allSettled(work.answers), patience]).then(close);
  }

  #close(work: Work, finish: () => void): void {
    if (this.#work !== work) return;
    this.#work = null;
    if (work.backstop !== null) clearTimeout(work.backstop);
    finish();
  }
}

/** A look that we ended can't tell, and that tells nothing. */
const isCutShort = ({ endedBy }: Work, look: Look): boolean => endedBy !== null && look === "cannot_tell";

/** A worker that lived long enough to see its poster killed by us reports a signal: it was ours. */
const asEndedBy = (endedBy: PosterExit | null, end: PosterEnd): PosterEnd =>
  endedBy !== null && end.exit.kind === "signal" ? { ...end, exit: endedBy } : end;

const begin = (attempt: AttemptId, errand: Errand): Work => ({
  attempt,
  errand,
  heard: NOTHING_HEARD,
  answers: new Set(),
  endedBy: null,
  poster: null,
  told: null,
  backstop: null,
});
