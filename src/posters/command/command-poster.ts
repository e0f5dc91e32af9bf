import { resolve } from "node:path";
import type { AppiumAddress } from "../../appium/appium.ts";
import type { NoGo, PosterEnd, PosterExit, PosterWord } from "../../core/poster-end.ts";
import { endedBeforeStart } from "../../core/unstarted-end.ts";
import type { Look } from "../../core/verify.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import type { Poster, PosterHooks, PosterTask } from "../posters.ts";
import { appiumFor, tidyUp } from "./appium-of-attempt.ts";
import { type PosterEvent, parseEventLine } from "./event-line.ts";
import { LineCutter } from "./lines.ts";
import { OutputKeeper } from "./output.ts";
import { type Action, baseEnv, inputLine, posterEnv } from "./poster-env.ts";
import { type RunningCommand, runCommand } from "./run-command.ts";

export type CommandPosterOptions = {
  exec: string;
  /** Command for looks; `same` = the one that posts; `null` = none. */
  verifyExec: string | null;
  /** Environment variables that posters do not get, and whose values are never written down. */
  secrets: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Folder of our own commands, for the end of PATH. */
  binDir: string;
  /** An Appium for attempts that have a phone on adb; `null` = none is installed. */
  appium?(): Promise<AppiumAddress | null>;
};

/** A poster in any language: one process for each attempt, spoken to over descriptors 3 and 4. */
export function createCommandPoster(options: CommandPosterOptions): Poster {
  const base = baseEnv(options.env, options.secrets, options.binDir);
  const hidden = options.secrets.flatMap((name) => options.env[name] ?? []);
  const start = async (command: string, action: Action, task: PosterTask, hooks: PosterHooks): Promise<Start> => {
    const appium = await appiumFor(task, options.appium, hooks);
    return {
      command,
      env: posterEnv(base, { action, task, appiumUrl: appium?.url ?? null }),
      input: inputLine(action, task),
      output: new OutputKeeper(task.evidenceDir, hidden),
      appium,
    };
  };
  return {
    async post(task, hooks, signal) {
      const begin = await start(options.exec, "post", task, hooks);
      if (signal.aborted) return endedBeforeStart(signal.reason as PosterExit, "starting");
      return new Attempt(task, hooks).run(begin, signal);
    },
    async look(task, hooks, signal) {
      const { exec, verifyExec } = options;
      if (verifyExec === null) return "cannot_tell";
      const begin = await start(verifyExec === "same" ? exec : verifyExec, "verify", task, hooks);
      return signal.aborted ? "cannot_tell" : lookWith(begin, hooks, signal);
    },
    async check(task, hooks, signal) {
      const begin = await start(options.exec, "check", task, hooks);
      if (signal.aborted) return { ...endedBeforeStart(signal.reason as PosterExit, "starting"), noGo: null };
      // one that asks to publish gets no go, and its end tells that it asked
      return new Attempt(task, hooks).run(begin, signal);
    },
  };
}

type Start = {
  command: string;
  env: Record<string, string>;
  input: string;
  output: OutputKeeper;
  appium: AppiumAddress | null;
};

/** At most so many files are named as evidence. */
const MOST_EVIDENCE = 100;
/** A poster in a loop must not flood the ledger or the log. */
const MOST_STEPS = 1000;
const MOST_COMPLAINTS = 20;

class Attempt {
  readonly #task: PosterTask;
  readonly #hooks: PosterHooks;
  #running: RunningCommand | null = null;
  #spoke = false;
  #said: PosterWord | null = null;
  #gotGo = false;
  #noGo: NoGo | null = null;
  #step = "starting";
  #steps = 0;
  #asking: Promise<void> | null = null;
  readonly #evidence: string[] = [];

  constructor(task: PosterTask, hooks: PosterHooks) {
    this.#task = task;
    this.#hooks = hooks;
  }

  async run({ output, appium, ...start }: Start, signal: AbortSignal): Promise<PosterEnd> {
    const lines = eventLines(this.#hooks, (event) => this.#hear(event));
    this.#running = runCommand({
      ...start,
      signal,
      onStarted: (pid) => this.#hooks.started(pid),
      onEvents: (chunk) => lines.push(chunk),
      onOutput: (stream, chunk) => output.push(stream, chunk),
    });
    const exit = await this.#running.exit;
    lines.end();
    await tidyUp(appium, this.#hooks);
    await this.#asking; // an intent that was asked for is answered before the end is told
    const { stderrTail, file } = output.end();
    const evidence = file === null ? this.#evidence : [...this.#evidence, file];
    const heard = { spoke: this.#spoke, said: this.#said, gotGo: this.#gotGo, noGo: this.#noGo, step: this.#step };
    return { ...heard, exit, stderrTail, error: null, evidence };
  }

  #hear(event: PosterEvent): void {
    if (!this.#spoke) {
      this.#spoke = true;
      this.#hooks.spoke();
    }
    switch (event.type) {
      case "step":
        this.#step = event.name;
        if (this.#steps++ < MOST_STEPS) this.#hooks.step(event.name);
        break;
      case "publishing":
        this.#step = "publishing";
        this.#publishing(event.baseline);
        break;
      case "posted":
      case "not_posted":
        // nothing takes back that it was posted
        if (this.#said?.type !== "posted") this.#said = event;
        failpoint("worker.posted");
        break;
      case "evidence":
        if (this.#evidence.length < MOST_EVIDENCE) this.#evidence.push(resolve(this.#task.evidenceDir, event.path));
        break;
      case "verified":
        break; // an answer to a question nobody asked
    }
  }

  /** Asks once; asked again, it repeats the answer. */
  #publishing(baseline: string | null): void {
    this.#asking ??= this.#hooks.publishing(baseline).then((answer) => {
      if (answer.go) this.#handGo();
      else this.#refuse(answer.reason);
    });
    if (this.#gotGo) this.#running?.write(GO_LINE);
  }

  #handGo(): void {
    this.#gotGo = this.#running?.write(GO_LINE) ?? false;
    failpoint("worker.went");
  }

  #refuse(reason: NoGo): void {
    this.#noGo = reason;
    this.#running?.refuse();
  }
}

const GO_LINE = `${JSON.stringify({ type: "go" })}\n`;

/** A look never gets `go`: whoever asks for it is about to post, so its answer is worth nothing. */
async function lookWith({ output, appium, ...start }: Start, hooks: PosterHooks, signal: AbortSignal): Promise<Look> {
  let look: Look = "cannot_tell";
  let wantsToPost = false;
  const lines = eventLines(hooks, (event) => {
    if (event.type === "publishing") wantsToPost = true;
    if (event.type === "verified") look = lookOf(event);
  });
  const running = runCommand({
    ...start,
    signal,
    onStarted: (pid) => hooks.started(pid),
    onEvents: (chunk) => lines.push(chunk),
    onOutput: (stream, chunk) => output.push(stream, chunk),
  });
  running.refuse();
  const exit = await running.exit;
  lines.end();
  output.end();
  await tidyUp(appium, hooks);
  const isClean = exit.kind === "code" && exit.code === 0;
  return wantsToPost || !isClean ? "cannot_tell" : look;
}

function lookOf({ posted, isPending }: Extract<PosterEvent, { type: "verified" }>): Look {
  if (posted === null) return "cannot_tell";
  if (posted) return "posted";
  return isPending ? "pending_upload" : "absent";
}

function eventLines(hooks: PosterHooks, hear: (event: PosterEvent) => void): LineCutter {
  let ignored = 0;
  const onLine = (line: string) => {
    const event = parseEventLine(line);
    if (event === null && ignored++ >= MOST_COMPLAINTS) return;
    if (event === null) hooks.log(`not an event of the protocol, ignored: ${line.slice(0, 300)}`);
    else hear(event);
  };
  return new LineCutter(onLine, () => hooks.log("a line of more than 1 MB on descriptor 3 was dropped"));
}
