// A worker's process in virtual time: acts out attempts and looks as workers/child does in a real one.
import type { Claim } from "../core/claim.ts";
import type { AttemptId } from "../core/ids.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import type { Look } from "../core/verify.ts";
import type { LookTask, WorkerTask } from "../workers/workers.ts";
import { Act } from "./act.ts";
import { Life, Pipe } from "./life.ts";
import type { Word, WorkerWorld } from "./world.ts";

type Parent = { life: Life; hear(word: Word): void; lost(): void };

export class VirtualWorker {
  readonly life: Life;
  readonly world: WorkerWorld;
  readonly pid: number;
  readonly number: number;
  readonly parent: Life;
  readonly #up: Pipe;
  readonly #hear: (word: Word) => void;
  #current: { abandon(): void; endNow(): void } | null = null;
  readonly #unsettled = new Map<AttemptId, { claim: Claim; end: PosterEnd }>();
  #isOrphan = false;
  #isLeaving = false;

  constructor(world: WorkerWorld, about: { number: number; mark: string }, parent: Parent) {
    const { machine, fate } = world;
    this.world = world;
    this.number = about.number;
    this.life = new Life(machine.timeline);
    this.parent = parent.life;
    this.pid = machine.begin(this.life, { mark: about.mark, command: `worker ${about.number}` }).pid;
    this.#up = new Pipe(parent.life, () => fate.latency("message"));
    this.#hear = parent.hear;
    this.life.onDeath(() => this.#up.send(parent.lost));
    parent.life.onDeath(() => this.life.after(fate.latency("message"), () => this.#parentGone()));
  }

  get claim(): Claim | null {
    return this.#act?.task.claim ?? null;
  }
  get gotGo(): boolean {
    return this.#act?.gotGo ?? false;
  }
  #act: Act | null = null;

  say(word: Word): void {
    this.#up.send(() => this.#hear(word));
  }

  // --- what the orchestrator tells ---

  attempt(task: WorkerTask): void {
    const { claim } = task;
    const act = new Act(this, task);
    this.#current = act;
    this.#act = act;
    this.world.onAct?.(claim, "begins");
    const over = () => {
      if (this.#act !== act) return;
      this.#act = null;
      this.world.onAct?.(claim, "ends");
    };
    this.life.onDeath(over);
    void act.run().then((end) => {
      this.#unsettled.set(claim.attempt, { claim, end });
      this.#current = null;
      over();
      this.world.onEnd?.(claim, end);
      this.say({ type: "finished", end });
      this.world.fate.step("told", this);
      this.#leaveIfDone();
    });
  }

  look(task: LookTask): void {
    const { platform, machine, pace, look } = this.world;
    let isOver = false;
    const tell = (seen: Look) => {
      if (isOver) return;
      isOver = true;
      this.#current = null;
      this.say({ type: "looked", look: seen });
      this.#leaveIfDone();
    };
    this.#current = { abandon: () => tell("cannot_tell"), endNow: () => tell("cannot_tell") };
    this.life.after(task.timeoutMs, () => tell("cannot_tell"));
    this.life.after(pace.look(), () => {
      const shown = platform.look(task.unconfirmed.job.id, machine.timeline.now);
      tell(look === undefined ? shown : look(task, shown));
    });
  }

  cancel(): void {
    this.#current?.abandon();
  }

  settled(attempt: AttemptId): void {
    this.#unsettled.delete(attempt);
  }

  exit(): void {
    this.#isLeaving = true;
    this.#current?.endNow();
    this.#leaveIfDone();
  }

  #parentGone(): void {
    this.#isOrphan = true;
    this.#current?.abandon();
    this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    if (this.#current !== null || !(this.#isOrphan || this.#isLeaving)) return;
    for (const { claim, end } of this.#unsettled.values()) this.#leave(claim, end);
    // what it told last is on its way before its end is
    this.life.after(0, () => this.life.kill());
  }

  /** Leaves its ends though they may be settled: its orchestrator's word of it got lost. */
  leaveAlso(): void {
    for (const { claim, end } of this.#unsettled.values()) this.#leave(claim, end);
  }

  /** Into the outbox, for the next start. */
  #leave({ attempt, fence, job: { id: job } }: Claim, end: PosterEnd): void {
    const { outbox } = this.world.machine;
    const file = `${attempt}.json`;
    const known = outbox.findIndex((left) => left.file === file);
    if (known >= 0) outbox.splice(known, 1);
    outbox.push({ file, attempt, fence, job, end });
    outbox.sort((a, b) => (a.file < b.file ? -1 : 1));
  }
}
