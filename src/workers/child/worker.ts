// The worker's process: takes attempts and looks from the orchestrator, one at a time, and outlives it only to finish.

import { join } from "node:path";
import type { GoAnswer, KnownMedia } from "../../core/claim.ts";
import { type AttemptId, passNo } from "../../core/ids.ts";
import type { PosterEnd, PosterExit } from "../../core/poster-end.ts";
import type { PosterSettings } from "../../core/settings.ts";
import type { Look } from "../../core/verify.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import type { ProcessId } from "../../host/host.ts";
import type { MediaVerdict } from "../../media/media.ts";
import type { Poster } from "../../posters/posters.ts";
import { endAsHeard, NOTHING_HEARD } from "../lost-end.ts";
import { type ChildMessage, type ParentMessage, PROTOCOL_VERSION, parseParentMessage } from "../protocol.ts";
import { timerMs } from "../timer.ts";
import type { CheckTask, LookTask, WorkerTask } from "../workers.ts";
import { withEvidenceDir } from "./evidence-dir.ts";
import { type Unsettled, writeOutbox } from "./outbox.ts";
import { type RunningAttempt, runAttempt } from "./run-attempt.ts";
import type { WorkerLog } from "./worker-log.ts";

export type WorkerPorts = {
  stateDir: string;
  posterFor(settings: PosterSettings, secrets: readonly string[]): Promise<Poster>;
  checkMedia(path: string, known: KnownMedia | null): Promise<MediaVerdict>;
  /** Identity of a living process; `null` = gone already. */
  identify(pid: number): ProcessId | null;
  log: WorkerLog;
  /** Ends what the worker keeps between attempts, within a second. Never rejects. */
  close?(): Promise<void>;
};

/** Runs this process as a worker until it is told to exit, or its orchestrator is gone and its attempt over. */
export function runWorker(ports: WorkerPorts): void {
  const worker = new Worker(ports);
  process.on("message", (raw) => worker.receive(raw));
  process.on("disconnect", () => worker.parentGone());
  // A stop is the orchestrator's to tell: a signal sent to a whole session must not cut an attempt past its intent.
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => worker.signalled(signal));
  worker.hello();
}

const isWork = ({ type }: ParentMessage) => type === "attempt" || type === "look" || type === "check";

type Current = { abandon(): void; endNow(): void };

class Worker {
  readonly #ports: WorkerPorts;
  #current: Current | null = null;
  /** Ends the orchestrator has not committed yet, as far as we know. */
  readonly #unsettled = new Map<AttemptId, Unsettled>();
  readonly #asks = new Map<number, (answer: GoAnswer) => void>();
  #lastAsk = 0;
  #isOrphan = false;
  #isLeaving = false;
  /** Code of a poster runs on in this process. */
  #isStuck = false;

  constructor(ports: WorkerPorts) {
    this.#ports = ports;
  }

  hello(): void {
    failpoint("worker.up");
    this.#send({ type: "hello", v: PROTOCOL_VERSION, pid: process.pid });
  }

  receive(raw: unknown): void {
    const message = parseParentMessage(raw);
    if (message === null || (this.#current !== null && isWork(message))) {
      this.#ports.log.warn({ raw }, "message not understood or out of turn, ignored");
      return;
    }
    this.#obey(message);
  }

  #obey(message: ParentMessage): void {
    switch (message.type) {
      case "attempt":
        this.#attempt(message.task);
        break;
      case "look":
        void this.#look(message.task);
        break;
      case "check":
        void this.#check(message.task);
        break;
      case "answer":
        this.#asks.get(message.ask)?.(message.answer);
        this.#asks.delete(message.ask);
        break;
      case "cancel":
        this.#current?.abandon();
        break;
      case "settled":
        this.#unsettled.delete(message.attempt);
        break;
      case "exit":
        this.#isLeaving = true;
        this.#current?.endNow();
        this.#leaveIfDone();
        break;
    }
  }

  parentGone(): void {
    this.#isOrphan = true;
    failpoint("worker.orphaned");
    if (this.#current !== null) this.#ports.log.warn({}, "orchestrator is gone");
    this.#current?.abandon();
    this.#leaveIfDone();
  }

  signalled(signal: string): void {
    this.#ports.log.warn({ signal }, "signal");
    if (signal === "SIGTERM" && this.#isOrphan) this.#current?.endNow();
  }

  #attempt(task: WorkerTask): void {
    failpoint("worker.received");
    const { attempt, fence, job } = task.claim;
    this.#ports.log.hide(task.secrets);
    const running = this.#start(task);
    this.#current = running;
    void running.end.then((end) => {
      failpoint("worker.ended");
      this.#unsettled.set(attempt, { attempt, fence, job: job.id, end });
      const printed = end.stderrTail === "" ? {} : { stderr: end.stderrTail };
      const { exit, said, gotGo, step } = end;
      this.#ports.log.info(
        { attempt, job: job.id, exit, said: said?.type ?? null, gotGo, step, ...printed },
        "attempt ended",
      );
      this.#finish({ type: "finished", attempt, end, leaving: this.#isStuck });
    });
  }

  #start(task: WorkerTask): RunningAttempt {
    const { attempt } = task.claim;
    const ports = this.#ports;
    return runAttempt(task, {
      poster: () => ports.posterFor(task.poster, task.secrets),
      checkMedia: ports.checkMedia,
      askMedia: (found) => this.#ask((ask) => ({ type: "media", ask, attempt, found })),
      askPublishing: (baseline) => this.#ask((ask) => ({ type: "publishing", ask, attempt, baseline })),
      tell: (news) => this.#send({ ...news, attempt }),
      posterStarted: (pid) => this.#posterStarted(pid),
      log: (line) => ports.log.info({ attempt }, line),
      stuck: () => this.#stuck(),
      evidenceRoot: join(ports.stateDir, "evidence"),
    });
  }

  async #look(task: LookTask): Promise<void> {
    failpoint("worker.looking");
    const { attempt } = task.unconfirmed;
    const look = await this.#inTime(task, (over) => this.#lookWith(task, over)).catch((e: unknown): Look => {
      this.#ports.log.warn({ attempt, error: String(e) }, "look failed");
      return "cannot_tell";
    });
    this.#finish({ type: "looked", attempt, look, leaving: this.#isStuck });
  }

  async #check(task: CheckTask): Promise<void> {
    const { attempt } = task;
    const end = await this.#inTime(task, (over) => this.#checkWith(task, over)).catch((e: unknown): PosterEnd => {
      this.#ports.log.warn({ attempt, error: String(e) }, "check failed");
      return endAsHeard(NOTHING_HEARD, { kind: "lost", message: String(e) });
    });
    this.#finish({ type: "checked", attempt, end, leaving: this.#isStuck });
  }

  /** A question that a stop and its time-out end. */
  async #inTime<T>({ timeoutMs, secrets }: LookTask | CheckTask, ask: (over: AbortSignal) => Promise<T>): Promise<T> {
    this.#ports.log.hide(secrets);
    const over = new AbortController();
    const end = (exit: PosterExit) => over.abort(exit);
    this.#current = { abandon: () => end({ kind: "cancelled" }), endNow: () => end({ kind: "cancelled" }) };
    const timer = setTimeout(() => end({ kind: "timed_out", afterMs: timeoutMs }), timerMs(timeoutMs));
    return ask(over.signal).finally(() => clearTimeout(timer));
  }

  async #checkWith({ attempt, job, phone, poster: settings, timeoutMs, secrets }: CheckTask, over: AbortSignal) {
    const poster = await this.#ports.posterFor(settings, secrets);
    return withEvidenceDir(join(this.#ports.stateDir, "evidence", `${attempt}-check`), (evidenceDir) => {
      const about = { attempt, pass: passNo(1), worker: 0, job, device: phone.id, phone, tried: 0 };
      return poster.check({ ...about, timeoutMs, evidenceDir, baseline: null }, this.#lookHooks(attempt), over);
    });
  }

  async #lookWith(
    { unconfirmed, phone, poster: settings, timeoutMs, secrets }: LookTask,
    over: AbortSignal,
  ): Promise<Look> {
    const { attempt, pass, job, baseline } = unconfirmed;
    const device = phone?.id ?? null; // the post's own phone may be another's by now
    const poster = await this.#ports.posterFor(settings, secrets);
    return withEvidenceDir(join(this.#ports.stateDir, "evidence", `${attempt}-look`), (evidenceDir) => {
      const task = { attempt, pass, worker: 0, job, device, phone, tried: 0, timeoutMs, evidenceDir, baseline };
      return poster.look(task, this.#lookHooks(attempt), over);
    });
  }

  #lookHooks(attempt: AttemptId) {
    return {
      started: (pid: number) => this.#posterStarted(pid),
      spoke: () => {},
      step: () => {},
      publishing: async (): Promise<GoAnswer> => ({ go: false, reason: "verifying" }),
      log: (line: string) => this.#ports.log.info({ attempt, look: true }, line),
      stuck: () => this.#stuck(),
    };
  }

  #stuck(): void {
    this.#isStuck = true;
  }

  #posterStarted(pid: number): void {
    const id = this.#ports.identify(pid);
    if (id !== null) this.#send({ type: "poster_started", ...id });
  }

  #ask(message: (ask: number) => ChildMessage): Promise<GoAnswer> {
    const ask = ++this.#lastAsk;
    return new Promise((resolve) => {
      this.#asks.set(ask, resolve);
      this.#send(message(ask));
    });
  }

  #finish(message: ChildMessage): void {
    this.#current = null;
    this.#asks.clear();
    this.#send(message, () => {
      failpoint("worker.reported");
      this.#leaveIfDone();
    });
  }

  #leaveIfDone(): void {
    if (this.#current !== null || !(this.#isOrphan || this.#isLeaving)) return;
    for (const unsettled of this.#unsettled.values()) this.#leave(unsettled);
    if (this.#ports.close === undefined || this.#isStuck) process.exit(0);
    void this.#ports.close().finally(() => process.exit(0));
  }

  #leave(unsettled: Unsettled): void {
    try {
      failpoint("worker.outbox");
      writeOutbox(this.#ports.stateDir, unsettled);
      failpoint("worker.left");
    } catch (e) {
      this.#ports.log.warn({ ...unsettled, error: String(e) }, "end could not be written to the outbox");
    }
  }

  /** `then` runs when the message has left, or cannot. */
  #send(message: ChildMessage, then: () => void = () => {}): void {
    if (process.send === undefined || !process.connected) then();
    else process.send(message, undefined, undefined, () => then());
  }
}
