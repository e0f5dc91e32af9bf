// `demo`: a campaign of 40 simulated jobs in a folder of its own, run for real: processes, ledger, passes. Writes nowhere else.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { StopSource } from "../cli/stop-source.ts";
import { resolveConfig } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import type { EventLine, RunFinished } from "../core/events.ts";
import { nodeTempFolders } from "../host/node/temp-folders.ts";
import { DEMO_DAILY_LIMIT, demoPlan } from "../sim/demo-plan.ts";
import { runMain } from "./run-main.ts";
import { simulatedDir } from "./simulated-dir.ts";

export type DemoPlace = {
  folder: string;
  /** What --state-dir has to say to look closer. */
  stateDir: string;
  scenario: string;
  /** One line for each post made: the witness. */
  sink: string;
  /** The next demo removes it. */
  isTemporary: boolean;
  jobs: number;
  accounts: number;
};
export type DemoEnd = { finished: RunFinished; place: DemoPlace; posts: { job: string }[] };

export type DemoOptions = {
  /** Relative to `cwd`; `null`: a new folder for temporary files. */
  dir: string | null;
  cwd: string;
  keep: boolean;
  seed: number;
  stop: StopSource;
  onPlace(place: DemoPlace): void;
  onEvent(line: EventLine): void;
};

const PREFIX = "reprise-demo-";
/** Quick enough to watch: a delay and a settling time of real life are half a minute and ten. */
const FLAGS = {
  workers: "4",
  retryDelay: "1500ms",
  settle: "2s",
  dailyLimit: String(DEMO_DAILY_LIMIT),
  maxPasses: "3",
};

/** @throws RepriseError `usage` for a folder that can't be used */
export async function demoMain(options: DemoOptions): Promise<DemoEnd> {
  // demos leave their folder for a closer look; the next one takes it away
  if (options.dir === null) await nodeTempFolders.removeDead(PREFIX);
  const place = makePlace(options);
  options.onPlace(place);
  // nothing from outside: neither variables nor a config file of the present folder
  const flags = { ...FLAGS, stateDir: place.folder, simulate: place.scenario, seed: String(options.seed) };
  const resolved = await resolveConfig({ flags, env: {}, cwd: place.folder });
  if (!resolved.ok) throw new Error(resolved.error.message);
  const { stop, onEvent } = options;
  const files = [join(place.folder, "jobs.jsonl")];
  const finished = await runMain({ resolved: resolved.value, files, stop, onEvent });
  return { finished, place, posts: readPosts(place.sink) };
}

function makePlace({ dir, cwd, keep, seed }: DemoOptions): DemoPlace {
  const inTemp = () => (keep ? keptFolder() : nodeTempFolders.make(PREFIX));
  const folder = dir === null ? inTemp() : emptyFolder(resolve(cwd, dir), dir);
  const { jobs, scenario, accounts } = demoPlan(seed);
  const isTemporary = dir === null && !keep;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { flag: "wx" });
  write("jobs.jsonl", jobs.map((job) => `${JSON.stringify(job)}\n`).join(""));
  write("scenario.yaml", scenario);
  const stateDir = simulatedDir(folder);
  const sink = join(stateDir, "simulated-posts.jsonl");
  return { folder, stateDir, scenario: join(folder, "scenario.yaml"), sink, isTemporary, jobs: jobs.length, accounts };
}

function emptyFolder(folder: string, shown: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return folder;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new RepriseError("usage", `--dir ${shown}: can't be used (${code}); name a new or empty folder`, {
      cause: error,
    });
  }
  throw new RepriseError("usage", `--dir ${shown}: is not empty; name a new or empty folder`);
}

/** Nobody's folder, and so nobody takes it away. */
const keptFolder = () => mkdtempSync(join(tmpdir(), PREFIX));

function readPosts(sink: string): { job: string }[] {
  if (!existsSync(sink)) return [];
  const lines = readFileSync(sink, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as { job: string });
}
