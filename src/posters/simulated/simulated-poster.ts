// Acts out a scenario. Posts go to a sink file, which is also what looks read.
import { appendFileSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import type { PosterEnd, PosterExit } from "../../core/poster-end.ts";
import type { Look } from "../../core/verify.ts";
import { decideFeed, lookInFeed, nthOf, type SimulatedPost } from "../../sim/feed.ts";
import { loadScenario } from "../../sim/load-scenario.ts";
import { decideSimulated, type Scenario, type SimulatedOutcome } from "../../sim/scenario.ts";
import { messageOf, notPosted } from "../../sim/words.ts";
import type { Poster, PosterHooks, PosterTask } from "../posters.ts";
import { runBegan } from "./run-began.ts";

export type SimulatedPosterOptions = {
  scenario: Scenario;
  seed: number;
  /** File of posts made. */
  sink: string;
  /** When the run began, since the epoch. */
  beganMs: number;
  /** Ends this very process. */
  crash(): void;
};

/**
 * Opens the poster of a worker's process. Rejects with one line when the scenario can't be read.
 *
 * @param from.scenarioFile  absolute path, name of a built-in scenario, or `null`: all well
 * @param from.sink          where posts go unless the scenario says
 */
export async function openSimulatedPoster(from: {
  scenarioFile: string | null;
  seed: number;
  sink: string;
}): Promise<Poster> {
  const { scenarioFile, seed } = from;
  const scenario = await loadScenario(scenarioFile);
  const beside = scenarioFile !== null && isAbsolute(scenarioFile) ? dirname(scenarioFile) : dirname(from.sink);
  const sink = scenario.sink === null ? from.sink : resolve(beside, scenario.sink);
  const beganMs = runBegan(dirname(from.sink), Date.now());
  return createSimulatedPoster({ scenario, seed, sink, beganMs, crash: () => process.kill(process.pid, "SIGKILL") });
}

export function createSimulatedPoster(options: SimulatedPosterOptions): Poster {
  mkdirSync(dirname(options.sink), { recursive: true });
  return {
    post: (task, hooks, signal) => new Act(options, task, hooks, signal).run(),
    look: (task, _hooks, signal) => lookAtSink(options, task, signal),
    check: async () => null,
  };
}

class Act {
  readonly #options: SimulatedPosterOptions;
  readonly #task: PosterTask;
  readonly #hooks: PosterHooks;
  readonly #signal: AbortSignal;
  readonly #plan: SimulatedOutcome;
  readonly #end: PosterEnd;

  constructor(options: SimulatedPosterOptions, task: PosterTask, hooks: PosterHooks, signal: AbortSignal) {
    this.#options = options;
    this.#task = task;
    this.#hooks = hooks;
    this.#signal = signal;
    const { attempt, job, device, pass, tried } = task;
    const [nth, elapsedMs] = [nthOf(attempt), Date.now() - options.beganMs];
    const about = { job: job.id, account: job.account, device, pass, tried, nth, elapsedMs };
    this.#plan = decideSimulated(options.scenario, options.seed, about);
    this.#end = silentEnd(messageOf(this.#plan));
  }

  async run(): Promise<PosterEnd> {
    const { outcome, step, delay_ms } = this.#plan;
    if (outcome !== "silent_ok") this.#step(step);
    await pause(delay_ms ?? this.#options.scenario.delay_ms, this.#signal);
    if (outcome === "hang") await pause(null, this.#signal);
    if (this.#signal.aborted) return this.#ended(this.#signal.reason as PosterExit);
    switch (outcome) {
      case "silent_ok":
        this.#post();
        return this.#ended(CODE_0);
      case "fail":
      case "rate_limited":
        return this.#fail();
      case "crash":
        this.#options.crash();
        return this.#ended({ kind: "lost", message: "crashed by its scenario" });
      default:
        return this.#publish();
    }
  }

  async #publish(): Promise<PosterEnd> {
    this.#end.step = "publishing";
    const answer = await this.#hooks.publishing(null);
    if (!answer.go) {
      this.#end.noGo = answer.reason;
      return this.#ended(this.#signal.aborted ? (this.#signal.reason as PosterExit) : { kind: "code", code: 75 });
    }
    this.#end.gotGo = true;
    return this.#afterGo();
  }

  async #afterGo(): Promise<PosterEnd> {
    const { outcome, posted } = this.#plan;
    if (outcome === "ok" || (posted && outcome !== "refused")) this.#post();
    switch (outcome) {
      case "ok":
        this.#end.said = { type: "posted", url: `sim://${this.#task.job.account}/${this.#task.job.id}` };
        return this.#ended(CODE_0);
      case "refused":
        this.#end.said = notPosted(this.#plan);
        return this.#ended(CODE_1);
      case "hang_after_intent":
        await pause(null, this.#signal);
        return this.#ended(this.#signal.reason as PosterExit);
      case "crash_after_intent":
        this.#options.crash();
        return this.#ended({ kind: "lost", message: "crashed by its scenario" });
      default:
        return this.#ended(CODE_1);
    }
  }

  #fail(): PosterEnd {
    const { outcome, category } = this.#plan;
    if (category !== null || outcome === "rate_limited") this.#end.said = notPosted(this.#plan);
    return this.#ended(CODE_1);
  }

  #step(name: string): void {
    this.#end.spoke = true;
    this.#end.step = name;
    this.#hooks.spoke();
    this.#hooks.step(name);
  }

  /** The sink is the witness: the post is in it before anybody is told, though the feed may show it later. */
  #post(): void {
    const { attempt, job, device, pass, worker } = this.#task;
    const { id, account, platform, media } = job;
    const times = decideFeed(this.#options.scenario, this.#plan, Date.now());
    const post: SimulatedPost = { ...times, job: id, account, platform, media, attempt, device, pass, worker };
    appendFileSync(this.#options.sink, `${JSON.stringify(post)}\n`, { mode: 0o600 });
  }

  #ended(exit: PosterExit): PosterEnd {
    return { ...this.#end, exit };
  }
}

const CODE_0: PosterExit = { kind: "code", code: 0 };
const CODE_1: PosterExit = { kind: "code", code: 1 };

const silentEnd = (message: string): PosterEnd => ({
  spoke: false,
  said: null,
  exit: CODE_0,
  gotGo: false,
  noGo: null,
  step: "starting",
  stderrTail: message,
  error: null,
  evidence: [],
});

/** Waits `ms` (`null` = for ever), or until the signal fires. */
function pause(ms: number | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = ms === null ? undefined : setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

async function lookAtSink(
  { scenario, sink }: SimulatedPosterOptions,
  { attempt, job }: PosterTask,
  signal: AbortSignal,
): Promise<Look> {
  if (scenario.looks === "cannot_tell" || signal.aborted) return "cannot_tell";
  const text = await readFile(sink, "utf8").catch((e: NodeJS.ErrnoException) => (e.code === "ENOENT" ? "" : null));
  return text === null ? "cannot_tell" : lookInFeed(text, { job: job.id, account: job.account, attempt }, Date.now());
}
