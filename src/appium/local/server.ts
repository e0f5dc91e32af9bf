// One Appium server: a process group of its own, under our mark, that answers under a path nobody else knows.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TempFolders } from "../../host/host.ts";
import { AppiumFailure } from "../appium.ts";
import { freePort } from "./free-port.ts";
import type { Installed } from "./installed.ts";

export type ServerStart = {
  installed: Installed;
  /** Driver to load, such as `uiautomator2`; `null` = all that are installed. */
  driver: string | null;
  /** It answers under this path, which nobody else knows: `/TOKEN`. */
  path: string;
  /** It tells, to those who know the path, which sessions there are. */
  tellsSessions: boolean;
  logFile: string;
  /** Its whole environment, the mark in it. */
  env: NodeJS.ProcessEnv;
  temp: TempFolders;
};

const START_MS = 60_000;
const STATUS_MS = 2_000;
const LOOK_EVERY_MS = 50;
const STOP_MS = 5_000;
/** Of the folder in which it, its drivers and browsers keep temporary files: a browser that is killed leaves a profile of megabytes. */
export const TEMP_PREFIX = "reprise-appium-";
/** Ports that may be lost to others between the choice and the start. */
const TRIES = 3;

export class AppiumServer {
  /** `http://127.0.0.1:PORT/TOKEN`. The token tells our server from another that took the port. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #isGone = false;

  private constructor(child: ChildProcess, url: string, onGone: () => Promise<void>) {
    this.#child = child;
    this.url = url;
    this.#gone = new Promise((resolve) => {
      const gone = () => {
        this.#isGone = true;
        this.kill();
        void onGone().then(resolve);
      };
      child.once("exit", gone);
      child.once("error", gone);
    });
  }

  /** Goes no further when the signal fires. @throws AppiumFailure with the last lines of its log */
  static async start(start: ServerStart, signal: AbortSignal): Promise<AppiumServer> {
    for (let tries = 1; ; tries++) {
      const port = await freePort();
      if (signal.aborted)
        throw new AppiumFailure("infrastructure", "appium_start_timeout", "Appium was not started: the time was over");
      const { server, log } = spawnServer(start, port, (...made) => new AppiumServer(...made));
      if (await server.#isUp(signal)) return server;
      const wasAlive = !server.#isGone;
      server.kill();
      const said = log();
      if (wasAlive)
        throw new AppiumFailure("infrastructure", "appium_start_timeout", lastWords(said, "was not ready in time"));
      if (/EADDRINUSE|address already in use|port is in use/i.test(said) && tries < TRIES) continue;
      throw startFailure(said, start.driver);
    }
  }

  get isAlive(): boolean {
    return !this.#isGone;
  }

  /** Our own process lives, and it is the one that answers. */
  async isWell(): Promise<boolean> {
    if (this.#isGone) return false;
    const answer = await fetch(`${this.url}/status`, { signal: AbortSignal.timeout(STATUS_MS) }).catch(() => null);
    await answer?.body?.cancel();
    return !this.#isGone && answer?.ok === true;
  }

  /** In good order: it deletes its sessions itself. Then its whole group goes, with what it started. */
  async stop(): Promise<void> {
    this.#child.ref();
    if (!this.#isGone) this.#child.kill("SIGTERM");
    await Promise.race([this.#gone, sleep(STOP_MS, undefined, { ref: false })]);
    this.kill();
    await this.#gone;
  }

  /** The whole group, at once. */
  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // gone already
    }
  }

  async #isUp(signal: AbortSignal): Promise<boolean> {
    const deadline = Date.now() + START_MS;
    while (!this.#isGone && !signal.aborted && Date.now() < deadline) {
      if (await this.isWell()) return !signal.aborted;
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  }
}

function spawnServer(
  { installed, driver, path, tellsSessions, logFile, env, temp }: ServerStart,
  port: number,
  make: (child: ChildProcess, url: string, onGone: () => Promise<void>) => AppiumServer,
): { server: AppiumServer; log(): string } {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, "a", 0o600);
  const from = fstatSync(log).size;
  const where = ["--address", "127.0.0.1", "--port", String(port), "--base-path", path];
  const what = [
    ...(driver === null ? [] : ["--use-drivers", driver]),
    ...(tellsSessions ? ["--allow-insecure", "*:session_discovery"] : []),
  ];
  const args = [installed.entry, "server", ...where, ...what, "--log-no-colors", "--log-timestamp"];
  try {
    void temp.removeDead(TEMP_PREFIX);
    const tempFolder = temp.make(TEMP_PREFIX);
    const child = spawn(process.execPath, args, {
      detached: true,
      cwd: installed.home,
      env: { ...env, APPIUM_HOME: installed.home, TMPDIR: tempFolder },
      stdio: ["ignore", log, log],
    });
    child.unref();
    const said = () => readFileSync(logFile).subarray(from).toString("utf8");
    const server = make(child, `http://127.0.0.1:${port}${path}`, () => temp.remove(tempFolder));
    return { server, log: said };
  } finally {
    closeSync(log);
  }
}

function startFailure(said: string, driver: string | null): AppiumFailure {
  if (
    driver !== null &&
    new RegExp(`${driver}[^\\n]*(not installed|no driver)|no drivers? .*${driver}|Could not load`, "i").test(said)
  ) {
    const hint = `its driver ${driver} is not installed beside it: npm i -D appium-${driver}-driver`;
    return new AppiumFailure("setup", "appium_driver_missing", `Appium did not start: ${hint}`);
  }
  return new AppiumFailure("infrastructure", "appium_start_failed", lastWords(said, "ended at once"));
}

const lastWords = (said: string, what: string) =>
  `Appium ${what}: ${said.trim().split("\n").slice(-5).join("\n").slice(-1500)}`;
