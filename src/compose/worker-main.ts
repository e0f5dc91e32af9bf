// Entry of a worker's process: `worker-main.ts <number> <state dir>`, started by the pool. Never touches the ledger.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PosterSettings } from "../core/settings.ts";
import { identify } from "../host/node/node-host.ts";
import { checkMedia } from "../media/media.ts";
import type { Poster } from "../posters/posters.ts";
import { runWorker } from "../workers/child/worker.ts";
import { openWorkerLog } from "../workers/child/worker-log.ts";

const [, , number, stateDir] = process.argv;
if (number === undefined || stateDir === undefined) throw new Error("usage: worker-main NUMBER STATE_DIR");

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
});

async function makePoster(settings: PosterSettings, secrets: readonly string[], stateDir: string): Promise<Poster> {
  if (settings.kind === "command") {
    const { createCommandPoster } = await import("../posters/command/command-poster.ts");
    const binDir = fileURLToPath(new URL("../../bin/path", import.meta.url));
    const { exec, verifyExec } = settings;
    return createCommandPoster({ exec, verifyExec, secrets, env: process.env, binDir });
  }
  const { openSimulatedPoster } = await import("../posters/simulated/simulated-poster.ts");
  const { scenarioFile, seed } = settings;
  return openSimulatedPoster({ scenarioFile, seed, sink: join(stateDir, "simulated-posts.jsonl") });
}
