// One attempt, or one look, of a module poster: what its code is handed, and what its end is told as.

import type { Appium, AppiumSession } from "../../appium/appium.ts";
import { DEFAULT_PLATFORM } from "../../core/job.ts";
import type { NoGo, NotPosted, PosterEnd, PosterExit, PosterWord } from "../../core/poster-end.ts";
import type { Look } from "../../core/verify.ts";
import { type LookContext, type ModulePoster, type PosterContext, SetupFailure } from "../../module-poster.ts";
import type { PosterHooks, PosterTask } from "../posters.ts";
import { EvidenceFiles } from "./evidence-files.ts";
import { AttemptOver, endsWithin, heed } from "./heed.ts";
import { evidenceIn, textOf, typedWord } from "./thrown.ts";

export type ModuleWorld = {
  file: string;
  seed: number;
  appium: Appium;
  /** How long code may go on after its attempt was ended. */
  graceMs: number;
  /** Takes secrets out of text. */
  redact(text: string): string;
  load(): Promise<ModulePoster>;
  /** The poster's own check, once for this process. */
  checked(poster: ModulePoster, ctx: LookContext): Promise<void>;
};

/** Picture and source of a failed attempt may hold its end up so long. */
const EVIDENCE_MS = 20_000;
const LONGEST_TEXT = 8_192;
const MOST_STEPS = 1000;

/** `publish` was asked, and the answer was no. */
class NoGoError extends Error {
  constructor(reason: NoGo) {
    super(`not to be posted: ${reason}`);
    this.name = "NoGo";
  }
}

type Ran = { ok: true } | { ok: false; error: unknown };

export class ModuleAttempt {
  readonly #world: ModuleWorld;
  readonly #task: PosterTask;
  readonly #hooks: PosterHooks;
  readonly #signal: AbortSignal;
  /** As the poster sees it: its reason is an error, as code expects. */
  readonly #over = new AbortController();
  readonly #files: EvidenceFiles;
  #session: Promise<AppiumSession> | null = null;
  #said: PosterWord | null = null;
  /** The intent that was asked for; `null` = none was. */
  #asking: Promise<void> | null = null;
  #gotGo = false;
  #noGo: NoGo | null = null;
  #step = "starting";
  #steps = 0;

  constructor(world: ModuleWorld, task: PosterTask, hooks: PosterHooks, signal: AbortSignal) {
    this.#world = world;
    this.#task = task;
    this.#hooks = hooks;
    this.#signal = signal;
    this.#files = new EvidenceFiles(task.evidenceDir);
    signal.addEventListener("abort", () => this.#over.abort(new AttemptOver()), { once: true });
  }

  async post(): Promise<PosterEnd> {
    if (this.#signal.aborted) return this.#end({ ok: false, error: new AttemptOver() }, false);
    this.#hooks.spoke();
    const ran = await this.#run((poster) => poster.post(this.#postContext()));
    // An intent that was asked for is answered before the end is told: without go nothing was tapped.
    if (this.#asking !== null) await endsWithin(this.#world.graceMs, this.#asking);
    return this.#end(ran, true);
  }

  async look(): Promise<Look> {
    let look: Look = "cannot_tell";
    const ran = await this.#run(async (poster) => {
      const seen = await poster.verify?.(this.#lookContext());
      if (seen?.posted === true) look = "posted";
      else if (seen?.posted === false) look = seen.pending === true ? "pending_upload" : "absent";
    });
    if (!ran.ok) this.#log(`the look failed: ${textOf(ran.error, this.#world.file)}`);
    return ran.ok && !this.#signal.aborted ? look : "cannot_tell";
  }

  /** Its check runs whenever a poster is opened. */
  async check(): Promise<PosterEnd | null> {
    let hasCheck = true;
    const ran = await this.#run(async (poster) => {
      hasCheck = poster.check !== undefined;
    });
    return hasCheck ? this.#end(ran, true) : null;
  }

  /** Runs the poster's code to its end; code that outlives the attempt by more than the grace is left to run. */
  async #run(work: (poster: ModulePoster) => Promise<unknown>): Promise<Ran> {
    const running = this.#open()
      .then(work)
      .then(
        (): Ran => ({ ok: true }),
        (error: unknown): Ran => ({ ok: false, error }),
      );
    const over = heed(this.#signal, new Promise<never>(() => {}));
    let ran = await Promise.race([running, over.catch(() => null)]);
    if (ran === null) {
      const cut: Ran = { ok: false, error: new AttemptOver() };
      ran = await Promise.race([running, this.#cutShort(running).then(() => cut)]);
    } else if (!ran.ok && this.#noGo === null) await this.#keepScreen("failure");
    await this.#session?.then((s) => s.end()).catch(() => {}); // not opened: whoever asked for it was told
    return ran;
  }

  /** The attempt was ended: its session goes, so that commands under way fail, and then its code has to end. */
  async #cutShort(running: Promise<Ran>): Promise<void> {
    const quiet = (async () => {
      await endsWithin(this.#world.graceMs / 2, this.#keepScreen("cut-short"));
      await endsWithin(this.#world.graceMs / 4, this.#session?.then((s) => s.end()) ?? Promise.resolve());
      await running;
    })();
    if (await endsWithin(this.#world.graceMs, quiet)) return;
    this.#log("its code did not end with its attempt: this worker is replaced");
    this.#hooks.stuck();
    this.#world.appium.kill();
  }

  async #open(): Promise<ModulePoster> {
    const poster = await heed(this.#signal, this.#world.load());
    const { id, platform } = this.#task.job;
    if (platform !== DEFAULT_PLATFORM && platform !== poster.platform) {
      const message = `job ${id} is for ${platform}, but ${this.#world.file} posts to ${poster.platform}`;
      throw new SetupFailure("wrong_platform", message);
    }
    await heed(this.#signal, this.#world.checked(poster, this.#lookContext()));
    return poster;
  }

  // --- what the code is handed ---

  #postContext(): PosterContext {
    return {
      ...this.#common(),
      publish: (tap, baseline) => this.#publish(tap, baseline ?? null),
      posted: (proof = {}) => {
        this.#said = { type: "posted", url: proof.url ?? null };
      },
    };
  }

  #lookContext(): LookContext {
    return { ...this.#common(), baseline: this.#task.baseline };
  }

  #common(): Omit<PosterContext, "publish" | "posted"> {
    const { id, account, platform, media, caption, data } = this.#task.job;
    return {
      job: { id, account, platform, media, caption, data },
      device: this.#task.phone?.serial ?? this.#task.device,
      driver: async <Browser>(capabilities: Readonly<Record<string, unknown>>) =>
        (await this.#driver(capabilities)).browser as Browser, // the caller names what it takes it for
      step: (name) => this.#toStep(name),
      evidence: (name, bytes) => heed(this.#signal, this.#files.keep(name, bytes)),
      screenshot: (name) => heed(this.#signal, this.#screenshot(name)),
      log: (line) => this.#log(line),
      signal: this.#over.signal,
      seed: seedOf(`${this.#world.seed}/${id}`),
    };
  }

  #toStep(name: string): void {
    if (this.#asking === null) this.#step = name;
    if (this.#steps++ < MOST_STEPS) this.#hooks.step(name);
  }

  #driver(capabilities: Readonly<Record<string, unknown>>): Promise<AppiumSession> {
    if (this.#session !== null) return heed(this.#signal, this.#session);
    const before = this.#step;
    this.#toStep("session");
    const ask = { capabilities, phone: this.#task.phone, signal: this.#signal, log: (l: string) => this.#log(l) };
    const opening = this.#world.appium.open(ask).then((session) => {
      if (this.#step === "session") this.#step = before; // what fails from now on is not the session's opening
      return session;
    });
    this.#session = opening;
    opening.catch(() => {
      this.#session = null; // it may be asked for again
    });
    return heed(this.#signal, opening);
  }

  async #publish<T>(tap: () => Promise<T>, baseline: string | null): Promise<T> {
    if (this.#asking !== null) throw new Error("publish() may be called once an attempt");
    this.#step = "publishing";
    this.#asking = this.#hooks.publishing(baseline).then((answer) => {
      if (!answer.go) this.#noGo = answer.reason;
      else if (this.#signal.aborted)
        this.#noGo = "stopping"; // nothing was tapped, and nothing will be
      else this.#gotGo = true;
    });
    await heed(this.#signal, this.#asking);
    if (this.#noGo !== null) throw new NoGoError(this.#noGo);
    return heed(this.#signal, tap());
  }

  async #screenshot(name: string): Promise<void> {
    const session = await this.#session;
    if (session === null) throw new Error("screenshot() needs a driver: call driver() first");
    await this.#files.keep(name.endsWith(".png") ? name : `${name}.png`, await session.screenshot());
  }

  /** Best effort, bounded: what the screen showed. */
  async #keepScreen(name: string): Promise<void> {
    if (this.#session === null) return;
    const keeping = this.#session.then(async (session) => {
      await this.#files.keep(`${name}.png`, await session.screenshot());
      await this.#files.keep(`${name}.source.txt`, await session.source());
    });
    await endsWithin(EVIDENCE_MS, keeping);
  }

  #log(line: string): void {
    this.#hooks.log(this.#world.redact(line));
  }

  // --- how it is told ---

  #end(ran: Ran, wasStarted: boolean): PosterEnd {
    const error = ran.ok ? null : ran.error;
    if (error !== null && this.#said === null && this.#noGo === null) this.#said = this.#wordOf(error);
    const isTold = error === null || error instanceof AttemptOver;
    return {
      spoke: wasStarted,
      said: this.#said,
      exit: this.#exitOf(ran),
      gotGo: this.#gotGo,
      noGo: this.#noGo,
      step: this.#step,
      stderrTail: isTold ? "" : this.#world.redact(textOf(error, this.#world.file)).slice(0, LONGEST_TEXT),
      error: isTold || this.#said !== null ? null : evidenceIn(error),
      evidence: [...this.#files.paths],
    };
  }

  /** After the tap only the app's own refusal is proof; trouble of phone or setup proves nothing. */
  #wordOf(error: unknown): NotPosted | null {
    const word = typedWord(error);
    if (word === null) return null;
    const isRefusal = word.category === "account" || word.category === "content";
    return this.#asking === null || isRefusal ? { ...word, message: this.#world.redact(word.message) } : null;
  }

  #exitOf(ran: Ran): PosterExit {
    if (this.#signal.aborted) return this.#signal.reason as PosterExit;
    if (ran.ok) return { kind: "code", code: 0 };
    return { kind: "code", code: this.#noGo === null ? 1 : 75 };
  }
}

/** FNV-1a, 32 bits. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
