// Whether a job costs more in a large ledger: through worker processes, and through the ledger port alone.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { openCalendar } from "../src/calendar/temporal-calendar.ts";
import { instant } from "../src/core/ids.ts";
import type { Settlement } from "../src/core/retry.ts";
import type { RunSettings } from "../src/core/settings.ts";
import { openSqliteLedger } from "../src/ledger/sqlite/sqlite-ledger.ts";
import type { Ledgers, SizedLedger } from "./ledgers.ts";
import { type Figure, median, medianOf, type Section } from "./report.ts";
import { type RunSeen, runReprise } from "./reprise-run.ts";
import { type Scale, temporaryFolder } from "./workload.ts";

const WORKERS = 4;
/** Ends of attempts a window; their median leaves out the moments in which the machine did something else. */
const WINDOW = 50;
const WARM_UP = 100;
const RATIO = 1.25;

export async function ledgerSize(ledgers: Ledgers, scale: Scale): Promise<Section> {
  const [small, large] = [await ledgers.small(), await ledgers.large()];
  const seen = { small: [] as RunSeen[], large: [] as RunSeen[] };
  // short and in turn, so that both meet the same neighbours; what counts is each pair's ratio
  for (let pair = 0; pair < scale.pairs; pair++) {
    seen.small.push(await somePosts(small, scale.posts));
    seen.large.push(await somePosts(large, scale.posts));
  }
  return {
    section: `a job's cost in a ledger of ${large.jobs.toLocaleString("en")} and of ${small.jobs.toLocaleString("en")}`,
    figures: [
      ...compared("wall a job, 4 workers", "ms", pairOf(seen, windowed), RATIO),
      ...compared("own CPU a job, 4 workers", "ms", pairOf(seen, ownCpu), RATIO),
      ...(await portAlone(small, large, scale)),
    ],
  };
}

/** Posts go on where the run before was stopped. */
function somePosts({ stateDir }: SizedLedger, posts: number): Promise<RunSeen> {
  return runReprise({
    folder: stateDir,
    workers: WORKERS,
    poster: "asking",
    stopAfter: posts,
  });
}

type Pair = { small: number[]; large: number[] };

function compared(name: string, unit: string, { small, large }: Pair, ratio: number | null): Figure[] {
  const ratios = large.map((value, i) => value / (small[i] ?? Number.NaN));
  const wanted = ratio === null ? null : { atMost: ratio };
  return [
    median(`${name}: small`, unit, small),
    median(`${name}: large`, unit, large),
    median(`${name}: large / small`, "x", ratios, { wanted }),
  ];
}

function pairOf(seen: { small: RunSeen[]; large: RunSeen[] }, of: (run: RunSeen) => number): Pair {
  return { small: seen.small.map(of), large: seen.large.map(of) };
}

function windowed({ finishedAt }: RunSeen): number {
  const windows: number[] = [];
  for (let end = WARM_UP + WINDOW; end < finishedAt.length; end += WINDOW) {
    windows.push(((finishedAt[end] ?? 0) - (finishedAt[end - WINDOW] ?? 0)) / WINDOW);
  }
  return medianOf(windows) ?? Number.NaN;
}

const ownCpu = ({ ownCpuMs, cpuJobs }: RunSeen) => ownCpuMs / cpuJobs;

// --- the port alone, on copies ---------------------------------------------------------------------------------------

const STEPS = ["claim", "recordMedia", "markPublishing", "settle"] as const;
type Times = Record<(typeof STEPS)[number], number[]>;
const POSTED: Settlement = {
  attempt: { phase: "posted", url: null },
  job: { state: "success" },
  charge: null,
  hold: null,
};

async function portAlone(small: SizedLedger, large: SizedLedger, { posts, pairs }: Scale): Promise<Figure[]> {
  const [a, b] = [await copyOf(small), await copyOf(large)];
  const times: { small: Times; large: Times } = { small: noTimes(), large: noTimes() };
  const share = Math.ceil(posts / 3);
  for (let round = 0; round < pairs; round++) {
    await drive(a, share, times.small);
    await drive(b, share, times.large);
  }
  const steps = STEPS.flatMap((step) =>
    compared(
      `ledger alone, ${step}`,
      "us",
      bothOf(times, (t) => medianUs(t[step])),
      null,
    ),
  );
  const whole = bothOf(times, (t) => STEPS.reduce((sum, step) => sum + medianUs(t[step]), 0));
  return [...steps, ...compared("ledger alone, whole job", "us", whole, RATIO)];
}

const noTimes = (): Times => ({ claim: [], recordMedia: [], markPublishing: [], settle: [] });
const bothOf = (times: { small: Times; large: Times }, of: (times: Times) => number): Pair => ({
  small: [of(times.small)],
  large: [of(times.large)],
});
const medianUs = (ms: readonly number[]) => (medianOf(ms) ?? Number.NaN) * 1000;

async function copyOf({ stateDir }: SizedLedger): Promise<string> {
  const file = join(temporaryFolder("port"), "ledger.db");
  copyFileSync(join(stateDir, "ledger.db"), file); // its last user closed it: no write-ahead log is left
  return file;
}

async function drive(file: string, jobs: number, times: Times): Promise<void> {
  const ledger = await openSqliteLedger(file, "existing", { calendar: openCalendar(), now: () => instant(Date.now()) });
  const { runs, claims, views } = ledger.campaign("default");
  const settings = await settingsOf(file);
  const holder = { pid: process.pid, startTime: "0", bootId: "bench", host: "bench" };
  await runs.open({ settings, holder, simulated: false });
  await runs.openPass(3);
  const slot = { worker: 1, device: null, asOpaque: false };
  for (let i = 0; i < jobs; i++) {
    const answer = await timed(times.claim, () => claims.claim(slot, settings));
    if (answer.next !== "claimed")
      throw new Error(`nothing to claim after ${i} jobs: ${(await views.counts()).pending} pending`);
    const { claim } = answer;
    const media = { size: 1, mtimeMs: 1, hash: `sha256:${claim.attempt}` };
    await timed(times.recordMedia, () => claims.recordMedia(claim, media));
    const go = await timed(times.markPublishing, () => claims.markPublishing(claim, { baseline: null }, settings));
    if (!go.go) throw new Error(`no go: ${go.reason}`);
    await timed(times.settle, () => claims.settle(claim, POSTED));
  }
  await ledger.close();
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work();
  times.push(performance.now() - began);
  return value;
}

/** Those of the run that the ledger was left with. */
async function settingsOf(file: string): Promise<RunSettings> {
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(file, { readOnly: true });
  const row = db.prepare("SELECT settings FROM run ORDER BY id DESC LIMIT 1").get();
  db.close();
  return JSON.parse(String(row?.settings)) as RunSettings;
}
