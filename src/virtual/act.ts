// One attempt as a worker's process acts it out: media, poster, time-out, and who may still end it (workers/child/run-attempt).
import type { GoAnswer } from "../core/claim.ts";
import type { PosterEnd, PosterExit, PosterWord } from "../core/poster-end.ts";
import { decideFeed } from "../sim/feed.ts";
import type { SimulatedOutcome } from "../sim/scenario.ts";
import { messageOf, notPosted } from "../sim/words.ts";
import type { WorkerTask } from "../workers/workers.ts";
import type { Step, Struck } from "./fate.ts";
import type { Word, WorkerWorld } from "./world.ts";

/** The process that acts. */
type Actor = Struck & { readonly world: WorkerWorld; say(word: Word): void };

const CODE_0: PosterExit = { kind: "code", code: 0 };
const CODE_1: PosterExit = { kind: "code", code: 1 };
const STOPPING: GoAnswer = { go: false, reason: "stopping" };

export class Act {
  readonly task: WorkerTask;
  readonly plan: SimulatedOutcome;
  gotGo = false;
  readonly #worker: Actor;
  readonly #end: PosterEnd;
  #over: PosterExit | null = null;
  #isAbandoned = false;
  #isPosting = false;
  #isUnanswered = false;
  /** Woken when it is over, or no longer wanted. */
  #wakers: (() => void)[] = [];

  constructor(worker: Actor, task: WorkerTask) {
    this.#worker = worker;
    this.task = task;
    this.plan = worker.world.scriptOf(task.claim);
    this.#end = { ...NEVER_RAN, stderrTail: messageOf(this.plan) };
    const afterMs = task.attemptTimeoutMs;
    worker.life.after(afterMs, () => this.#endWith({ kind: "timed_out", afterMs }));
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#wake();
    this.#endIfUnwanted();
  }

  endNow(): void {
    this.#endWith({ kind: "cancelled" });
  }

  async run(): Promise<PosterEnd> {
    if (this.task.poster.kind !== "simulated") {
      const refused = await this.#prepareMedia();
      if (refused !== null) return refused;
    }
    if (this.#over !== null) return this.#neverRan("starting");
    this.#isPosting = true;
    this.#worker.world.onAct?.(this.task.claim, "posts");
    const end = await this.#post();
    return this.#isUnanswered ? { ...end, noGo: null } : end;
  }

  // --- media ---

  async #prepareMedia(): Promise<PosterEnd | null> {
    const { claim } = this.task;
    const { contentOf = (media: string) => media } = this.#worker.world;
    this.#fate("media");
    await this.#wait(this.#worker.world.pace.media());
    if (this.#over !== null) return this.#neverRan("media");
    const found = { size: 1, mtimeMs: 1, hash: `hash of ${contentOf(claim.job.media)}` };
    if (claim.media?.hash === found.hash) return null;
    const answer = await this.#ask((tell) => this.#worker.say({ type: "media", found, answer: tell }));
    if (answer === null) return this.#neverRan("media");
    if (answer.go) return null;
    return { ...NEVER_RAN, exit: { kind: "cancelled" }, step: "media", noGo: answer.reason };
  }

  // --- poster: as posters/simulated acts it out ---

  async #post(): Promise<PosterEnd> {
    const { outcome, step, delay_ms } = this.plan;
    if (outcome !== "silent_ok") this.#step(step);
    this.#fate("working");
    await this.#wait(delay_ms ?? this.#worker.world.pace.working());
    if (outcome === "hang") await this.#wait(null);
    if (this.#over !== null) return this.#ended(this.#over);
    switch (outcome) {
      case "silent_ok":
        this.#tap();
        await this.#wait(this.#worker.world.pace.report());
        return this.#ended(this.#over ?? CODE_0);
      case "fail":
      case "rate_limited":
        return this.#fail();
      case "crash":
        return this.#crash();
      default:
        return this.#publish();
    }
  }

  async #publish(): Promise<PosterEnd> {
    this.#end.step = "publishing";
    this.#fate("asking");
    const answer = await this.#askToPublish();
    if (!answer.go) {
      this.#end.noGo = answer.reason;
      return this.#ended(this.#over ?? { kind: "code", code: 75 });
    }
    this.#end.gotGo = true;
    this.#fate("granted");
    await this.#wait(this.#worker.world.pace.tap());
    if (this.#over !== null) return this.#ended(this.#over);
    return this.#afterGo();
  }

  async #afterGo(): Promise<PosterEnd> {
    const { outcome, posted } = this.plan;
    if (outcome === "ok" || (posted && outcome !== "refused")) this.#tap();
    if (outcome === "crash_after_intent") return this.#crash();
    await this.#wait(outcome === "hang_after_intent" ? null : this.#worker.world.pace.report());
    if (this.#over !== null) return this.#ended(this.#over);
    if (outcome === "ok") {
      const { job } = this.task.claim;
      this.#end.said = { type: "posted", url: `sim://${job.account}/${job.id}` };
      return this.#ended(CODE_0);
    }
    if (outcome === "refused") this.#end.said = this.#refusal();
    return this.#ended(CODE_1);
  }

  #fail(): PosterEnd {
    if (this.plan.category !== null || this.plan.outcome === "rate_limited") this.#end.said = this.#refusal();
    return this.#ended(CODE_1);
  }

  #refusal(): PosterWord {
    return notPosted(this.plan);
  }

  /** Its worker dies under it. */
  #crash(): Promise<never> {
    this.#worker.life.kill();
    return new Promise(() => {});
  }

  #step(name: string): void {
    this.#end.spoke = true;
    this.#end.step = name;
    this.#worker.say({ type: "spoke" });
    this.#worker.say({ type: "step", name });
    this.#endIfUnwanted();
  }

  #tap(): void {
    const { platform, machine } = this.#worker.world;
    const { attempt, job } = this.task.claim;
    const { now } = machine.timeline;
    const feed = decideFeed({ feed: { after_ms: 0, shows: "absent" } }, this.plan, now);
    platform.take({
      at: now,
      visibleAt: Date.parse(feed.visible_at),
      untilThen: feed.until_then,
      job: job.id,
      account: job.account,
      media: job.media,
      attempt,
    });
    this.#fate("tapped");
  }

  async #askToPublish(): Promise<GoAnswer> {
    if (this.#isAbandoned || this.#over !== null) return STOPPING;
    const answer = await this.#ask((tell) => this.#worker.say({ type: "publishing", answer: tell }));
    if (answer === null && !this.#isAbandoned) this.#isUnanswered = true;
    if (answer === null || this.#isAbandoned || this.#over !== null) return STOPPING;
    if (answer.go) this.gotGo = true;
    return answer;
  }

  // --- ends ---

  #endIfUnwanted(): void {
    const { claim, poster } = this.task;
    const mayBeSilent = claim.opaque || (poster.kind === "command" && poster.silentIs === "unconfirmed");
    const isSilent = this.#isPosting && mayBeSilent && !this.#end.spoke;
    if (this.#isAbandoned && !this.gotGo && !isSilent) this.#endWith({ kind: "cancelled" });
  }

  #endWith(exit: PosterExit): void {
    this.#over ??= exit;
    this.#wake();
  }

  #neverRan(step: string): PosterEnd {
    if (this.#over?.kind !== "timed_out") {
      return { ...NEVER_RAN, exit: { kind: "cancelled" }, step, noGo: "stopping" };
    }
    const message = "time was over before the poster was started";
    return { ...NEVER_RAN, exit: { kind: "not_started", errno: "EBUSY", message }, step };
  }

  #ended(exit: PosterExit): PosterEnd {
    return { ...this.#end, exit };
  }

  // --- time ---

  #fate(step: Step): void {
    this.#worker.world.fate.step(step, this.#worker);
  }

  /** Waits `ms` (`null` = for ever), or until it is over. */
  #wait(ms: number | null): Promise<void> {
    if (!this.#worker.life.isAlive) return new Promise(() => {});
    if (this.#over !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const off = ms === null ? () => {} : this.#worker.life.after(ms, resolve);
      this.#wakers.push(() => {
        if (this.#over === null) return this.#wakers.push(resolve);
        off();
        return resolve();
      });
    });
  }

  /** The answer; `null` as soon as it is over or not wanted. */
  #ask(send: (tell: (answer: GoAnswer) => void) => void): Promise<GoAnswer | null> {
    if (!this.#worker.life.isAlive) return new Promise(() => {});
    return new Promise((resolve) => {
      this.#wakers.push(() => resolve(null));
      send(resolve);
    });
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

const NEVER_RAN: PosterEnd = {
  spoke: false,
  said: null,
  exit: CODE_0,
  gotGo: false,
  noGo: null,
  step: "starting",
  stderrTail: "",
  error: null,
  evidence: [],
};
