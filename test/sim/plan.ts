// A world drawn from a seed: accounts, phones, jobs, settings, weather. What befalls it is drawn in fate.ts.
import { type Instant, instant, jobId, millis } from "../../src/core/ids.ts";
import type { JobSpec } from "../../src/core/job.ts";
import type { AccountSettings, RunSettings } from "../../src/core/settings.ts";
import { OK, type SimulatedOutcome } from "../../src/sim/scenario.ts";
import { Dice } from "./dice.ts";

/** What a look is worth. `truthful`: what it shows as absent twice never comes out. `lying`: it may. */
export type Truth = "truthful" | "lying" | "none";

export type CampaignPlan = { name: string; jobs: JobSpec[]; settings: RunSettings; startsAtMs: number };

export type Plan = {
  seed: number;
  startsAt: Instant;
  truth: Truth;
  campaigns: CampaignPlan[];
  accounts: AccountSettings[];
  zone: string;
  /** Milliseconds, at most: each way between processes, and to the disk and back. */
  messageMs: number;
  ledgerMs: number;
  paceMs: number;
  /** How often each outcome comes. */
  weather: [Kind, number][];
  /** Deeds of people, by the clock of the world. */
  deeds: number;
  /** The campaign is run once more, that much later. */
  againMs: number | null;
  /** When the provider is down and everybody fails alike, in milliseconds of true time. */
  blackout: { fromMs: number; toMs: number } | null;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"];
const BEGINNINGS = [
  Date.UTC(2026, 10, 23, 12),
  Date.UTC(2026, 10, 23, 23, 59, 30),
  Date.UTC(2026, 9, 25, 0, 30), // Berlin sets clocks back
  Date.UTC(2026, 2, 29, 0, 30), // and forward
  Date.UTC(2026, 10, 1, 5, 30), // New York back
  Date.UTC(2026, 3, 4, 14, 30), // Lord Howe back, by half an hour
  Date.UTC(2026, 8, 6, 3, 30), // Santiago skips midnight
];

export type Kind =
  | "ok"
  | "silent"
  | "infrastructure"
  | "unknown"
  | "account"
  | "content"
  | "setup"
  | "rate"
  | "refused"
  | "unconfirmed_out"
  | "unconfirmed_not"
  | "upload"
  | "hang"
  | "hang_after"
  | "crash"
  | "crash_after"
  | "crash_after_not";

export function drawPlan(seed: number): Plan {
  const d = new Dice(seed);
  const truth = d.weighed<Truth>([
    ["truthful", 7],
    ["lying", 1],
    ["none", 1],
  ]);
  const zone = d.pick(ZONES);
  const accounts = Array.from({ length: d.int(2, 9) }, (_, i) => drawAccount(d, i));
  const startsAt = instant(d.pick(BEGINNINGS) + d.int(0, 60_000));
  const shared = drawSettings(d, { truth, zone, accounts, startsAt });
  if (shared.devices.provider === "simulated" && d.chance(0.3)) bindSome(d, accounts, shared.devices.count);
  const isTwo = d.chance(0.35);
  const count = d.int(14, 34);
  const names = isTwo ? ["a", "b"] : ["a"];
  const campaigns = names.map((name) => ({
    name,
    jobs: drawJobs(d, { name, count: isTwo ? Math.ceil(count / 2) : count, accounts, startsAt }),
    settings: { ...shared, workers: d.int(1, 5), passes: { ...shared.passes, maxPasses: d.int(1, 5) } },
    startsAtMs: name === "a" ? 0 : d.int(0, 60_000),
  }));
  return {
    seed,
    startsAt,
    truth,
    campaigns,
    accounts,
    zone,
    messageMs: d.weighed([
      [0, 1],
      [20, 6],
      [2000, 2],
    ]),
    ledgerMs: d.chance(0.5) ? 0 : d.int(1, 40),
    paceMs: d.pick([500, 3_000, 20_000]),
    weather: drawWeather(d, shared.poster.kind === "command"),
    deeds: d.chance(0.5) ? 0 : d.int(1, 5),
    againMs: d.chance(0.15) ? d.pick([0, HOUR, DAY]) : null,
    blackout: d.chance(0.25) ? drawBlackout(d) : null,
  };
}

function drawBlackout(d: Dice): NonNullable<Plan["blackout"]> {
  const fromMs = d.int(0, 240_000);
  return { fromMs, toMs: fromMs + d.pick([30_000, 300_000, HOUR]) };
}

/** Some accounts have a phone of their own; now and then one that this run does not have. */
function bindSome(d: Dice, accounts: AccountSettings[], phones: number): void {
  for (const account of accounts)
    if (d.chance(0.3)) account.device = `sim-${d.chance(0.05) ? phones + 1 : d.int(1, phones)}`;
}

function drawAccount(d: Dice, i: number): AccountSettings {
  const hasWindow = d.chance(0.06);
  return {
    name: `acc${i}`,
    platform: "default",
    device: null,
    timezone: d.chance(0.2) ? d.pick(ZONES) : null,
    dailyLimit: d.chance(0.15) ? d.int(0, 4) : null,
    window: hasWindow
      ? d.pick([
          { from: 480, to: 1320 },
          { from: 1320, to: 360 },
        ])
      : null,
  };
}

type About = { truth: Truth; zone: string; accounts: AccountSettings[]; startsAt: Instant };

function drawSettings(d: Dice, { truth, zone, accounts, startsAt }: About): RunSettings {
  const devices = d.chance(0.5) ? 0 : d.int(1, 5);
  const isCommand = d.chance(0.5) || truth === "none";
  const poster: RunSettings["poster"] = isCommand
    ? { kind: "command", exec: "post", verifyExec: truth === "none" ? null : "look", silentIs: "unconfirmed" }
    : { kind: "simulated", scenarioFile: null, seed: 1 };
  return {
    workers: 1,
    staggerMs: millis(0),
    passes: {
      maxPasses: 1,
      delayMs: millis(d.pick([0, 5_000, 30_000, 120_000])),
      backoff: d.pick([1, 1, 2]),
      delayMaxMs: d.chance(0.3) ? millis(60_000) : null,
      jitter: d.chance(0.2) ? 0.5 : 0,
    },
    retry: { infrastructure: d.int(0, 3), unknown: d.int(0, 2) },
    limits: {
      daily: d.weighed([
        [0, 3],
        [1, 1],
        [2, 2],
        [4, 2],
      ]),
      minGapMs: millis(d.pick([0, 0, 0, 20_000, 300_000])),
      timezone: zone,
      window: null,
    },
    attemptTimeoutMs: millis(d.pick([60_000, 180_000])),
    settleMs: millis(d.pick([60_000, 300_000])),
    stopGraceMs: millis(d.pick([5_000, 90_000])),
    outage: d.chance(0.4)
      ? { probeMs: millis(d.pick([5_000, 30_000])), patienceMs: millis(d.pick([60_000, 600_000, 1_800_000])) }
      : null,
    halt: d.chance(0.05) ? { when: d.pick(["now", "soon"]), fail: d.int(3, 6), unit: "count" } : null,
    poster,
    devices: devices === 0 ? { provider: "none" } : { provider: "simulated", count: devices },
    accounts: null,
    knownAccounts: accounts,
    seed: 1,
    until: d.chance(0.12) ? instant(startsAt + d.pick([2 * HOUR, 26 * HOUR])) : null,
    retryAllFailed: false,
    secrets: [],
  };
}

type Batch = { name: string; count: number; accounts: AccountSettings[]; startsAt: Instant };

function drawJobs(d: Dice, { name, count, accounts, startsAt }: Batch): JobSpec[] {
  const jobs: JobSpec[] = [];
  const areDealt = d.chance(0.15);
  for (let i = 0; i < count; i++) {
    const account = d.pick(accounts).name;
    const twin = d.chance(0.08) ? jobs.findLast((j) => j.account === account) : undefined;
    const isShared = d.chance(0.1);
    jobs.push({
      id: jobId(`${name}${i}`),
      account: areDealt && d.chance(0.3) ? null : account,
      platform: "default",
      media: twin === undefined ? (isShared ? `/m/shared-${i % 7}.mp4` : `/m/${name}${i}.mp4`) : sameAs(d, twin.media),
      caption: "",
      priority: d.int(0, 2),
      pool: null,
      notBefore: d.chance(0.04) ? instant(startsAt + d.pick([60_000, HOUR, DAY])) : null,
      notAfter: d.chance(0.03) ? instant(startsAt + d.pick([30_000, HOUR])) : null,
      allowRepost: d.chance(0.04),
      data: {},
    });
  }
  return jobs;
}

/** The same file, or a copy of it under another name. */
const sameAs = (d: Dice, media: string) => (d.chance(0.5) ? media : `${contentOf(media)}#copy-${d.int(1, 3)}.mp4`);

/** What is in a file: a copy holds the same. */
export const contentOf = (media: string): string => media.replace(/#.*$/, "");

function drawWeather(d: Dice, mayBeSilent: boolean): [Kind, number][] {
  const often = (p: number, weight: number) => (d.chance(p) ? weight * d.next() : 0);
  return [
    ["ok", 12],
    ["silent", mayBeSilent ? often(0.7, 3) : 0],
    ["infrastructure", often(0.9, 6)],
    ["unknown", often(0.7, 3)],
    ["account", often(0.3, 0.6)],
    ["content", often(0.5, 1)],
    ["setup", often(0.05, 0.5)],
    ["rate", often(0.5, 2)],
    ["refused", often(0.5, 2)],
    ["unconfirmed_out", often(0.6, 2)],
    ["unconfirmed_not", often(0.6, 2)],
    ["upload", often(0.5, 2)],
    ["hang", often(0.3, 1)],
    ["hang_after", often(0.3, 1)],
    ["crash", often(0.5, 2)],
    ["crash_after", often(0.5, 2)],
    ["crash_after_not", often(0.5, 2)],
  ];
}

type Try = { job: string; tried: number; nowMs: number };

/** What an attempt meets. `tried`: how often its job was tried before, whatever came of it. */
export function drawOutcome(plan: Plan, { job, tried, nowMs }: Try): { kind: Kind; outcome: SimulatedOutcome } {
  const d = new Dice(hashText(`${plan.seed}/${job}/${tried}`));
  if (plan.blackout !== null && nowMs >= plan.blackout.fromMs && nowMs < plan.blackout.toMs)
    return { kind: "infrastructure", outcome: BLACKOUT };
  const kind = tried > 7 || d.chance(0.08 * tried) ? "ok" : d.weighed(plan.weather);
  return { kind, outcome: { ...outcomeOf(d, kind), ...feedOf(d, plan) } };
}

const BLACKOUT: SimulatedOutcome = {
  ...OK,
  outcome: "fail",
  message: "HTTP 503 from the provider: service unavailable",
  category: "infrastructure",
  cause: "provider_error",
};

function feedOf(d: Dice, { truth, campaigns }: Plan): Pick<SimulatedOutcome, "feed_after_ms" | "feed_shows"> {
  const settle = campaigns[0]?.settings.settleMs ?? 0;
  if (d.chance(0.5)) return { feed_after_ms: 0, feed_shows: "absent" };
  if (truth === "lying") return { feed_after_ms: d.int(0, 8 * settle), feed_shows: "absent" };
  if (d.chance(0.4)) return { feed_after_ms: d.int(0, 4 * settle), feed_shows: "pending" };
  return { feed_after_ms: d.int(0, Math.floor(settle * 0.6)), feed_shows: "absent" };
}

function outcomeOf(d: Dice, kind: Kind): SimulatedOutcome {
  const typed = d.chance(0.5);
  const fail = (category: SimulatedOutcome["category"], message: string): SimulatedOutcome => ({
    ...OK,
    outcome: "fail",
    message,
    ...(typed ? { category, cause: `said_${category}` } : {}),
  });
  switch (kind) {
    case "ok":
      return OK;
    case "silent":
      return { ...OK, outcome: "silent_ok" };
    case "infrastructure":
      return fail("infrastructure", d.pick(["adb: device offline", "socket hang up"]));
    case "unknown":
      return fail("unknown", "something odd happened");
    case "account":
      return fail("account", "Your account has been suspended");
    case "content":
      return fail("content", "Caption too long");
    case "setup":
      return { ...OK, outcome: "fail", category: "setup", cause: d.pick(["no_sdk", "no_driver"]), message: "no" };
    case "rate":
      return { ...OK, outcome: "rate_limited", retry_after_s: d.pick([null, 0, 5, 60, 400]) };
    case "refused":
      return {
        ...OK,
        outcome: "refused",
        category: d.pick(["content", "infrastructure"]),
        cause: "said_no",
        message: "no",
      };
    case "unconfirmed_out":
    case "unconfirmed_not":
      return { ...OK, outcome: "unconfirmed", posted: kind === "unconfirmed_out" };
    case "upload":
      return { ...OK, outcome: "upload_goes_on" };
    case "hang":
      return { ...OK, outcome: "hang" };
    case "hang_after":
      return { ...OK, outcome: "hang_after_intent", posted: d.chance(0.5) };
    case "crash":
      return { ...OK, outcome: "crash" };
    case "crash_after":
    case "crash_after_not":
      return { ...OK, outcome: "crash_after_intent", posted: kind === "crash_after" };
  }
}

export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
