// `simulate`: a run on a virtual machine, with a ledger in memory. Hours pass in a moment, and a seed always gives one course.
import { createHash } from "node:crypto";
import { openCalendar } from "../calendar/temporal-calendar.ts";
import type { Resolved } from "../config/config.ts";
import type { RuleBook } from "../core/classify.ts";
import { RepriseError } from "../core/errors.ts";
import type { EventLine, RunFinished } from "../core/events.ts";
import { type Instant, jobId, later, minutes } from "../core/ids.ts";
import { type JobSpec, PLAIN_JOB } from "../core/job.ts";
import type { RunSettings } from "../core/settings.ts";
import type { CampaignLedger, Ledger } from "../ledger/ledger.ts";
import { newMemoryStore, openMemoryLedger } from "../ledger/memory/memory-ledger.ts";
import { DEMO_DAILY_LIMIT, demoPlan } from "../sim/demo-plan.ts";
import { nthOf } from "../sim/feed.ts";
import { loadScenario } from "../sim/load-scenario.ts";
import { decideSimulated, type Scenario } from "../sim/scenario.ts";
import { Machine } from "../virtual/machine.ts";
import { Platform } from "../virtual/platform.ts";
import type { WorkerWorld } from "../virtual/world.ts";
import { withCampaignLimit } from "./campaign-limit.ts";
import { openLedger } from "./open-ledger.ts";
import { readBook } from "./rule-books.ts";
import { checkScenario, copyJobs } from "./simulated-copy.ts";
import { takeFiles } from "./take-files.ts";
import { startVirtually } from "./virtual-session.ts";

export type SimulateOptions = {
  /** Its poster is a simulated one. */
  resolved: Resolved;
  /** None: the campaign's open jobs; without a campaign, jobs that are made up. */
  files: string[];
  seeds: readonly number[];
  /** What the clock of the virtual machine shows at first. */
  startsAt: Instant;
  /** `atMs`: virtual time since the start. */
  onEvent(line: EventLine, atMs: number): void;
  onEnd(course: Simulated): void;
};

export type Simulated = {
  seed: number;
  finished: RunFinished;
  /** Made on the virtual platform: the witness. */
  posts: number;
  /** Jobs with more than one post. */
  postedTwice: number;
  virtualMs: number;
  /** Of all events, in order. */
  hash: string;
};

type Parts = { scenario: Scenario; book: RuleBook };

/** Plays one run a seed. Writes nothing. @throws RepriseError `usage`, `bad_rows` */
export async function simulateMain(options: SimulateOptions): Promise<void> {
  const { resolved, seeds } = options;
  const { poster } = resolved.settings;
  await checkScenario(resolved);
  const scenario = await loadScenario(poster.kind === "simulated" ? poster.scenarioFile : null);
  const parts = { scenario, book: await readBook(resolved.ruleFiles) };
  for (const seed of seeds) options.onEnd(await playOne(options, seed, parts));
}

async function playOne(options: SimulateOptions, seed: number, { scenario, book }: Parts): Promise<Simulated> {
  const { resolved, startsAt, onEvent } = options;
  const { campaign } = resolved;
  const machine = new Machine(startsAt);
  const platform = new Platform();
  const ledger = openMemoryLedger({ calendar: openCalendar(), now: () => machine.wall }, newMemoryStore());
  await takeIn(ledger.campaign(campaign), options);
  const settings = { ...(await settingsOf(resolved, ledger, seed)), until: untilOf(resolved.settings, startsAt) };
  const hash = createHash("sha256");
  ledger.subscribe((line) => {
    hash.update(`${JSON.stringify(line)}\n`);
    onEvent(line, machine.timeline.now);
    machine.stir();
  });
  const world = worldOf({ machine, platform }, scenario, seed);
  const finished = await untilOver(machine, startVirtually({ world, ledger, campaign, settings, book }).finished);
  const jobs = platform.posts.map(({ job }) => job);
  return {
    seed,
    finished,
    posts: jobs.length,
    postedTwice: jobs.length - new Set(jobs).size,
    virtualMs: machine.timeline.now,
    hash: hash.digest("hex"),
  };
}

/** A run that can't end would be a bug, and is said to be one. */
async function untilOver(machine: Machine, run: Promise<RunFinished>): Promise<RunFinished> {
  let isOver = false;
  const settled = run.finally(() => {
    isOver = true;
  });
  settled.catch(() => undefined); // heard below
  const end = await machine.timeline.run(() => isOver);
  if (end !== "over") throw new RepriseError("internal", `the simulated run does not end: it is ${end}`);
  return settled;
}

async function takeIn(campaign: CampaignLedger, { resolved, files }: SimulateOptions): Promise<void> {
  if (files.length > 0) return void (await takeFiles(campaign, files, resolved));
  const real = await openLedger(resolved.stateDir, "existing");
  if (real === null) return makeUp(campaign, resolved.settings);
  try {
    await copyJobs(real.campaign(resolved.campaign), campaign, resolved.settings);
  } finally {
    await real.close();
  }
}

/** The jobs of the demo, with its daily limit. */
async function makeUp(campaign: CampaignLedger, { knownAccounts }: RunSettings): Promise<void> {
  const specs = demoPlan(1).jobs.map((job): JobSpec => ({ ...PLAIN_JOB, ...job, id: jobId(job.id) }));
  const tray = await campaign.intake.open();
  await tray.add(specs.map((spec, i) => ({ spec, file: "made up", line: i + 1, past: null })));
  await tray.commit(knownAccounts, DEMO_DAILY_LIMIT);
}

/** As they would be for real, but on phones that are played. */
async function settingsOf(resolved: Resolved, ledger: Ledger, seed: number): Promise<RunSettings> {
  const { settings } = await withCampaignLimit(resolved, ledger.campaign(resolved.campaign));
  const { provider } = settings.devices;
  const isPlayed = provider === "none" || provider === "simulated";
  const { poster } = settings;
  return {
    ...settings,
    seed,
    poster: poster.kind === "simulated" ? { ...poster, seed } : poster,
    devices: isPlayed ? settings.devices : { provider: "simulated", count: settings.workers },
  };
}

/** `--until 2h`, from the virtual clock's start; to the minute, so that a seed plays alike whenever it is typed. */
function untilOf({ until }: RunSettings, startsAt: Instant): Instant | null {
  return until === null ? null : later(startsAt, minutes(Math.round((until - Date.now()) / 60_000)));
}

/** Nothing befalls it but what the scenario says. */
function worldOf(
  { machine, platform }: { machine: Machine; platform: Platform },
  scenario: Scenario,
  seed: number,
): WorkerWorld {
  const { feed, delay_ms, looks } = scenario;
  const atOnce = () => 0;
  return {
    machine,
    platform,
    fate: { step: () => {}, call: () => null, latency: atOnce },
    pace: { media: atOnce, working: () => delay_ms, tap: atOnce, report: atOnce, look: atOnce },
    scriptOf({ attempt, job, device, pass, spent }) {
      const about = { job: job.id, account: job.account, device, pass, nth: nthOf(attempt) };
      const tried = spent.infrastructure + spent.unknown + spent.rateLimits;
      const elapsedMs = machine.timeline.now;
      const outcome = decideSimulated(scenario, seed, { ...about, tried, elapsedMs });
      const shows = outcome.outcome === "upload_goes_on" ? outcome.feed_shows : (outcome.feed_shows ?? feed.shows);
      const usual = feed.after_ms === 0 ? null : feed.after_ms;
      return { ...outcome, feed_after_ms: outcome.feed_after_ms ?? usual, feed_shows: shows };
    },
    look: (_task, shown) => (looks === "cannot_tell" ? "cannot_tell" : shown),
  };
}
