// What the oracle is told of a world before it begins.
import type { Campaign, Job } from "./model.ts";

export type OracleSetup = {
  truth: "truthful" | "lying" | "none";
  accounts: {
    name: string;
    zone: string;
    daily: number;
    window: { from: number; to: number } | null;
    /** The one phone it is posted from; `null` = any. */
    device: string | null;
  }[];
  campaigns: { name: string; jobs: readonly object[]; settings: object }[];
  /** Nobody but one campaign has a hand in it. */
  isCalm: boolean;
  isInOutbox: (attempt: string) => boolean;
  /** What two files with the same content have in common. */
  contentOf: (media: string) => string;
};

type SetupSettings = {
  passes: { maxPasses: number; delayMs: number; backoff: number; delayMaxMs: number | null; jitter: number };
  retry: { infrastructure: number; unknown: number };
  limits: { minGapMs: number };
  poster: { kind: string; verifyExec?: string | null; silentIs?: string };
  outage: { patienceMs: number } | null;
  devices: { provider: string; count?: number };
  halt: object | null;
  until: number | null;
  settleMs: number;
};
type SetupJob = { id: string; account: string | null; media: string; allowRepost: boolean };

export function campaignOf({ name, jobs, settings }: OracleSetup["campaigns"][number], accounts: number): Campaign {
  const { passes, retry, limits, poster, outage, devices, halt, until, settleMs } = settings as SetupSettings;
  return {
    name,
    jobs: (jobs as readonly SetupJob[]).map((j) => jobOf(name, j)),
    most: passes.maxPasses,
    retry,
    verifies: poster.kind !== "command" || poster.verifyExec !== null,
    readsMedia: poster.kind !== "simulated",
    isSilent: poster.kind === "command" && poster.silentIs === "unconfirmed",
    delayMs: passes.delayMs,
    backoff: passes.backoff,
    delayMaxMs: passes.delayMaxMs,
    hasJitter: passes.jitter > 0,
    gapMs: limits.minGapMs,
    settleMs,
    hasHaltRule: halt !== null,
    isKeptOpen: until !== null,
    patienceMs: outage?.patienceMs ?? null,
    reach: devices.count ?? accounts,
    run: null,
    isOpen: false,
    attempts: 0,
    pass: 0,
    base: 0,
    isPassOpen: false,
    rounds: 0,
    passAttempts: [],
    summaries: [],
    waitingUntil: null,
    waitsFor: "",
    isWoken: false,
    isResumed: false,
    start: 0,
    stops: new Set(),
    nextAsked: false,
    sawSetup: false,
    expected: null,
    summarySince: null,
    outage: { ends: [], openSince: null, isCertain: false, wasTooLong: false },
  };
}

const jobOf = (campaign: string, { id, account, media, allowRepost }: SetupJob): Job => ({
  id,
  campaign,
  account,
  media,
  mayRepeat: allowRepost,
  state: "pending",
  category: null,
  by: null,
  until: 0,
  why: "",
  spent: { infrastructure: 0, unknown: 0 },
  last: null,
});
