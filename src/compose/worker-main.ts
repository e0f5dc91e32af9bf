// Entry of a worker's process: `worker-main.ts <number> <state dir>`, started by the pool. Never touches the ledger.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Appium } from "../appium/appium.ts";
import type { PosterSettings } from "../core/settings.ts";
import { armFailpoints } from "../failpoint/failpoint.ts";
import { identify, nodeProcesses } from "../host/node/node-host.ts";
import { checkMedia } from "../media/media.ts";
import type { Poster } from "../posters/posters.ts";
import { runWorker } from "../workers/child/worker.ts";
import { openWorkerLog } from "../workers/child/worker-log.ts";

const [, , number, stateDir] = process.argv;
if (number === undefined || stateDir === undefined) throw new Error("usage: worker-main NUMBER STATE_DIR");

await armFailpoints(process.env);

/** Servers that live as long as this worker. */
const appiums: Appium[] = [];
const made = new Map<string, Promise<Poster>>();

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
  log: openWorkerLog(Number(number)),
  close: async () => void (await Promise.all(appiums.map((a) => a.close()))),
});

async function makePoster(settings: PosterSettings, secrets: readonly string[], stateDir: string): Promise<Poster> {
  if (settings.kind === "command") {
    const { createCommandPoster } = await import("../posters/command/command-poster.ts");
    const binDir = fileURLToPath(new URL("../../bin/path", import.meta.url));
    const { exec, verifyExec } = settings;
    return createCommandPoster({ exec, verifyExec, secrets, env: process.env, binDir });
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
  const folders = [beside, process.cwd(), import.meta.dirname];
  const { env } = process;
  const appium = openLocalAppium({ worker: Number(number), stateDir, folders, env, processes: nodeProcesses });
  appiums.push(appium);
  return appium;
}
