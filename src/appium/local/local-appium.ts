import { join } from "node:path";
import { MARK_VARIABLE, type Processes } from "../../host/host.ts";
import type { Appium, AppiumSession, SessionAsk } from "../appium.ts";
import { findAppium } from "./installed.ts";
import { AppiumServer } from "./server.ts";
import { attachSession, createSession, driverOf, warmUp } from "./session.ts";

export type LocalAppiumOptions = {
  /** The worker's number. */
  worker: number;
  stateDir: string;
  /** Folders from which Appium is looked for, nearest first. */
  folders: readonly string[];
  env: NodeJS.ProcessEnv;
  processes: Processes;
};

/** Appium on this machine. Nothing starts before the first session. */
export function openLocalAppium(options: LocalAppiumOptions): Appium {
  return new LocalAppium(options);
}

class LocalAppium implements Appium {
  readonly #options: LocalAppiumOptions;
  /** Marks what belongs to this slot, whichever process of the slot started it. */
  readonly #mark: string;
  #server: AppiumServer | null = null;

  constructor(options: LocalAppiumOptions) {
    this.#options = options;
    this.#mark = `${options.env[MARK_VARIABLE] ?? `none/none/${process.pid}`}/appium_${options.worker}/`;
  }

  async open(ask: SessionAsk): Promise<AppiumSession> {
    const driver = driverOf(ask.capabilities);
    const server = await this.#wellServer(driver, ask);
    try {
      const begun = performance.now();
      const created = await createSession(server.url, ask);
      const session = await attachSession(server.url, created, () => this.kill());
      ask.log(`session ${created.sessionId} opened in ${Math.round(performance.now() - begun)} ms`);
      if (!ask.signal.aborted) return session;
      await session.end();
      throw new Error("the session came too late");
    } catch (e) {
      // One that Appium is still opening would outlive us. A refusal leaves nothing behind.
      if (ask.signal.aborted || (e as Error).name === "AppiumFailure") this.kill();
      throw e;
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.stop();
    this.#endLeftovers();
  }

  kill(): void {
    this.#server?.kill();
    this.#server = null;
    this.#endLeftovers();
  }

  /** The running one if it is well, else a new one: no session runs now. */
  async #wellServer(driver: string, ask: SessionAsk): Promise<AppiumServer> {
    if (this.#server !== null && (await this.#server.isWell())) return this.#server;
    if (this.#server !== null) ask.log("Appium is not well: it is started anew");
    await this.close();
    warmUp();
    const { worker, stateDir, folders, env } = this.#options;
    const begun = performance.now();
    this.#server = await AppiumServer.start(
      {
        installed: findAppium(folders, env.APPIUM_HOME),
        driver,
        logFile: join(stateDir, "logs", `appium_${worker}.log`),
        env: { ...env, [MARK_VARIABLE]: this.#mark },
      },
      ask.signal,
    );
    ask.log(`Appium started in ${Math.round(performance.now() - begun)} ms`);
    return this.#server;
  }

  /** What a killed server, or a killed worker of this slot, left behind. */
  #endLeftovers(): void {
    const { processes } = this.#options;
    for (const left of processes.marked(this.#mark)) processes.kill(left, "SIGKILL");
  }
}
