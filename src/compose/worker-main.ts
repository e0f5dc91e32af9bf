// Entry of a worker's process: `worker-main.ts <number> <state dir>`, started by the pool. Never touches the ledger.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Appium, AppiumAddress } from "../appium/appium.ts";
import type { PosterSettings } from "../core/settings.ts";
import { armFailpoints } from "../failpoint/failpoint.ts";
import { identify, nodeProcesses } from "../host/node/node-host.ts";
import { nodeTempFolders } from "../host/node/temp-folders.ts";
import { checkMedia } from "../media/media.ts";
import type { Poster } from "../posters/posters.ts";
import { runWorker } from "../workers/child/worker.ts";
import { openWorkerLog } from "../workers/child/worker-log.ts";
import { keptOnceOpen } from "./kept-once-open.ts";

const [, , number, stateDir] = process.argv;
if (number === undefined || stateDir === undefined) throw new Error("usage: worker-main NUMBER STATE_DIR");

await armFailpoints(process.env);

/** Servers that live as long as this worker. */
const appiums: Pick<Appium, "close">[] = [];
const made = new Map<string, Promise<Poster>>();

const log = openWorkerLog(Number(number));

runWorker({
  stateDir,
  posterFor(settings, secrets) {
    const key = JSON.stringify([settings, secrets]);
    const poster = made.get(key) ?? makePoster(settings, secrets, stateDir);
    made.set(key, poster);
    poster.catch(() => made.delete(key)); // whoever asked is told; the next one tries anew
    return poster;
  },
  checkMedia,
  identify,
  log,
  close: async () => void (await Promise.all(appiums.map((a) => a.close()))),
});

async function makePoster(settings: PosterSettings, secrets: readonly string[], stateDir: string): Promise<Poster> {
  if (settings.kind === "command") {
    const { createCommandPoster } = await import("../posters/command/command-poster.ts");
    const binDir = fileURLToPath(new URL("../../bin/path", import.meta.url));
    const { exec, verifyExec } = settings;
    const appium = keptOnceOpen(() => openAddress(stateDir, secrets));
    return createCommandPoster({ exec, verifyExec, secrets, env: process.env, binDir, appium });
  }
  if (settings.kind === "module") {
    const { createModulePoster } = await import("../posters/module/module-poster.ts");
    const hidden = secrets.flatMap((name) => process.env[name] ?? []);
    for (const name of secrets) delete process.env[name]; // the poster runs in this process and gets none of them
    const appium = await openAppium(dirname(settings.file), stateDir);
    return createModulePoster({ file: settings.file, seed: settings.seed, appium, hidden });
  }
  const { openSimulatedPoster } = await import("../posters/simulated/simulated-poster.ts");
  const { scenarioFile, seed } = settings;
  return openSimulatedPoster({ scenarioFile, seed, sink: join(stateDir, "simulated-posts.jsonl") });
}

async function openAppium(beside: string, stateDir: string): Promise<Appium> {
  const { openLocalAppium } = await import("../appium/local/local-appium.ts");
  const appium = openLocalAppium(slotOf([beside, ...FOLDERS], stateDir, process.env));
  appiums.push(appium);
  return appium;
}

/** `null`: no Appium is installed here, so a poster that speaks to one has to bring it. */
async function openAddress(stateDir: string, secrets: readonly string[]): Promise<AppiumAddress | null> {
  const { openAppiumAddress } = await import("../appium/local/local-address.ts");
  const { isInstalled } = await import("../appium/local/installed.ts");
  if (!isInstalled(FOLDERS)) return null;
  const env = { ...process.env };
  for (const name of secrets) delete env[name];
  const note = (line: string) => log.info({}, line);
  const address = await openAppiumAddress({ ...slotOf(FOLDERS, stateDir, env), log: note });
  appiums.push(address);
  return address;
}

/** Where Appium may be, beside a poster's own folder. */
const FOLDERS = [process.cwd(), import.meta.dirname];

const slotOf = (folders: string[], stateDir: string, env: NodeJS.ProcessEnv) => {
  return { worker: Number(number), stateDir, folders, env, processes: nodeProcesses, temp: nodeTempFolders };
};
