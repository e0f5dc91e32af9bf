// Acts out a scenario. Posts go to a sink file, which is also what looks read.
import { appendFileSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { PosterEnd, PosterExit, PosterWord } from "../../core/poster-end.ts";
import type { Look } from "../../core/verify.ts";
import { decideSimulated, type Scenario, type SimulatedOutcome } from "../../sim/scenario.ts";
import { allOk, parseScenario } from "../../sim/scenario-file.ts";
import type { Poster, PosterHooks, PosterTask } from "../posters.ts";

export type SimulatedPosterOptions = {
  scenario: Scenario;
  seed: number;
  /** File of posts made. */
  sink: string;
  /** Ends this very process. */
  crash(): void;
};

/** Rejects with one line when the scenario can't be read. @param sink  where posts go unless the scenario says */
export async function openSimulatedPoster(from: {
  scenarioFile: string | null;
  seed: number;
  sink: string;
}): Promise<Poster> {
  const scenario = from.scenarioFile === null ? allOk() : await readScenario(from.scenarioFile);
  const sink = scenario.sink === null ? from.sink : resolve(dirname(from.scenarioFile ?? "."), scenario.sink);
  return createSimulatedPoster({ scenario, seed: from.seed, sink, crash: () => process.kill(process.pid, "SIGKILL") });
}

async function readScenario(file: string): Promise<Scenario> {
  const scenario = parseScenario(await readFile(file, "utf8"), file);
  if (!scenario.ok) throw new Error(scenario.error);
  return scenario.value;
}

export function createSimulatedPoster(options: SimulatedPosterOptions): Poster {
  mkdirSync(dirname(options.sink), { recursive: true });
  return {
    post: (task, hooks, signal) => new Act(options, task, hooks, signal).run(),
    look: (task, _hooks, signal) => lookAtSink(options, task, signal),
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
    const { job, device, pass, tried } = task;
    this.#plan = decideSimulated(options.scenario, options.seed, {
      job: job.id,
      account: job.account,
      device,
      pass,
      tried,
    });
    this.#end = silentEnd(this.#plan.message);
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
    if (this.#plan.category !== null) this.#end.said = notPosted(this.#plan);
    return this.#ended(CODE_1);
  }

  #step(name: string): void {
    this.#end.spoke = true;
    this.#end.step = name;
    this.#hooks.spoke();
    this.#hooks.step(name);
  }

  /** The sink is the witness: the post is in it before anybody is told. */
  #post(): void {
    const { attempt, job, device, pass, worker } = this.#task;
    const { id, account, platform, media } = job;
    const post = { at: new Date().toISOString(), job: id, account, platform, media, attempt, device, pass, worker };
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

const notPosted = ({ category, cause, message }: SimulatedOutcome): PosterWord => ({
  type: "not_posted",
  category,
  cause,
  message: message === "" ? (cause ?? "not posted") : message,
  retryAfterMs: null,
  cooldownMs: null,
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
  task: PosterTask,
  signal: AbortSignal,
): Promise<Look> {
  if (scenario.looks === "cannot_tell" || signal.aborted) return "cannot_tell";
  const text = await readFile(sink, "utf8").catch((e: NodeJS.ErrnoException) => (e.code === "ENOENT" ? "" : null));
  if (text === null) return "cannot_tell";
  return text.split("\n").some((line) => isPostOf(line, task)) ? "posted" : "absent";
}

function isPostOf(line: string, { job }: PosterTask): boolean {
  if (line === "") return false;
  const post = JSON.parse(line) as { job?: unknown; account?: unknown };
  return post.job === job.id && post.account === job.account;
}
