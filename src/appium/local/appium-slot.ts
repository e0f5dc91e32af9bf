// The place of one worker's Appium server: started when it is first needed, replaced when it is not well, ended with its worker.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { MARK_VARIABLE, type Processes, type TempFolders } from "../../host/host.ts";
import { findAppium } from "./installed.ts";
import { AppiumServer } from "./server.ts";

export type AppiumSlotOptions = {
  /** The worker's number. */
  worker: number;
  stateDir: string;
  /** Folders from which Appium is looked for, nearest first. */
  folders: readonly string[];
  env: NodeJS.ProcessEnv;
  processes: Processes;
  temp: TempFolders;
};

/** `driver`: the one to load; `null` = all that are installed. */
type Wanted = { driver: string | null; tellsSessions?: boolean; signal: AbortSignal; log(line: string): void };

export class AppiumSlot {
  readonly #options: AppiumSlotOptions;
  /** Marks what belongs to this slot, whichever process of the slot started it. */
  readonly #mark: string;
  /** The path under which its servers answer. */
  readonly #path = `/${randomBytes(12).toString("hex")}`;
  #server: AppiumServer | null = null;

  constructor(options: AppiumSlotOptions) {
    this.#options = options;
    this.#mark = `${options.env[MARK_VARIABLE] ?? `none/none/${process.pid}`}/appium_${options.worker}/`;
  }

  get path(): string {
    return this.#path;
  }

  /** The running one if it is well, else a new one. Not to be asked under a session. @throws AppiumFailure */
  async well({ driver, tellsSessions = false, signal, log }: Wanted): Promise<AppiumServer> {
    if (this.#server !== null && (await this.#server.isWell())) return this.#server;
    if (this.#server !== null && !signal.aborted) log("Appium is not well: it is started anew");
    await this.close();
    const { worker, stateDir, folders, env, temp } = this.#options;
    const begun = performance.now();
    this.#server = await AppiumServer.start(
      {
        installed: findAppium(folders, env.APPIUM_HOME),
        driver,
        tellsSessions,
        path: this.#path,
        logFile: join(stateDir, "logs", `appium_${worker}.log`),
        env: { ...env, [MARK_VARIABLE]: this.#mark },
        temp,
      },
      signal,
    );
    log(`Appium started in ${Math.round(performance.now() - begun)} ms`);
    return this.#server;
  }

  /** In good order. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.stop();
    this.#endLeftovers();
  }

  /** At once. */
  kill(): void {
    this.#server?.kill();
    this.#server = null;
    this.#endLeftovers();
  }

  /** What a killed server, or a killed worker of this slot, left behind. */
  #endLeftovers(): void {
    const { processes } = this.#options;
    for (const left of processes.marked(this.#mark)) processes.kill(left, "SIGKILL");
  }
}
