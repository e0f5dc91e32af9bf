// What a simulated poster does, decided from a scenario: pure, so that real processes and virtual time agree.
import type { Category } from "../core/failure.ts";

/** What may become of a simulated attempt. */
export const OUTCOMES = [
  "ok",
  /** Posts without a word, exit 0. */
  "silent_ok",
  /** Fails before publishing. */
  "fail",
  /** The provider asks to wait: not charged. */
  "rate_limited",
  /** The app refuses after the tap. */
  "refused",
  /** Ends without proof after the intent. */
  "unconfirmed",
  /** The same, with words of an upload that is still under way; it comes out later. */
  "upload_goes_on",
  "hang",
  "hang_after_intent",
  /** The worker's process dies. */
  "crash",
  "crash_after_intent",
] as const;

/** What a look sees of a post that is not in the feed yet. */
export const UNTIL_THEN = ["absent", "pending"] as const;
type UntilThen = (typeof UNTIL_THEN)[number];

export type SimulatedOutcome = {
  outcome: (typeof OUTCOMES)[number];
  message: string;
  step: string;
  category: Category | null;
  cause: string | null;
  /** Time before publishing or the end; `null` = the scenario's. */
  delay_ms: number | null;
  /** Whether the post came out, where the outcome leaves that open (those after the intent). */
  posted: boolean;
  /** From the tap to the feed; `null` = the scenario's. */
  feed_after_ms: number | null;
  feed_shows: UntilThen | null;
  retry_after_s: number | null;
  cooldown_s: number | null;
};

/** One outcome for each try of a job, the last one repeats. */
type Script = SimulatedOutcome[];

/** Whom a chance is drawn for: each try anew, or once for a job or an account. */
export const DRAWN_PER = ["try", "job", "account"] as const;
type DrawnPer = (typeof DRAWN_PER)[number];
type Rate = SimulatedOutcome & { chance: number; per: DrawnPer };

/** All attempts in it fail alike. Bounds: seconds since the run began, or numbers of the run's attempts from 1. */
type Outage = {
  from_s: number | null;
  /** Not in it any more. */
  to_s: number | null;
  from_attempt: number | null;
  /** The last one in it. */
  to_attempt: number | null;
  message: string;
  step: string;
  category: Category | null;
  cause: string | null;
  delay_ms: number | null;
};

export type Scenario = {
  delay_ms: number;
  /** File that each simulated post is appended to, one JSON line each. */
  sink: string | null;
  looks: "truthful" | "cannot_tell";
  feed: { after_ms: number; shows: UntilThen };
  outage: Outage[];
  /** The first that names the attempt decides: outage, jobs, accounts, devices, passes, then chance, then the default. */
  jobs: Record<string, Script>;
  accounts: Record<string, Script>;
  devices: Record<string, Script>;
  passes: Record<string, Script>;
  rates: Rate[];
  default: Script;
};

export type SimulatedTry = {
  job: string;
  account: string;
  device: string | null;
  pass: number;
  /** Charged tries of this job before this one. */
  tried: number;
  /** Which attempt of the run, from 1. */
  nth: number;
  /** Since the run began. */
  elapsedMs: number;
};

export const OK: SimulatedOutcome = {
  outcome: "ok",
  message: "",
  step: "opening",
  category: null,
  cause: null,
  delay_ms: null,
  posted: true,
  feed_after_ms: null,
  feed_shows: null,
  retry_after_s: null,
  cooldown_s: null,
};

/** Decides one attempt. Same scenario, seed and try: same outcome, in whatever order the attempts run. */
export function decideSimulated(scenario: Scenario, seed: number, attempt: SimulatedTry): SimulatedOutcome {
  const outage = scenario.outage.find((o) => isIn(o, attempt));
  if (outage !== undefined) return outOf(outage);
  const { job, account, device, pass, tried } = attempt;
  const script =
    own(scenario.jobs, job) ??
    own(scenario.accounts, account) ??
    own(scenario.devices, device) ??
    own(scenario.passes, pass);
  if (script !== undefined) return at(script, tried);
  return drawn(scenario.rates, seed, attempt) ?? at(scenario.default, tried);
}

function isIn({ from_s, to_s, from_attempt, to_attempt }: Outage, { nth, elapsedMs }: SimulatedTry): boolean {
  if (from_attempt !== null || to_attempt !== null) {
    return nth >= (from_attempt ?? 1) && nth <= (to_attempt ?? Number.POSITIVE_INFINITY);
  }
  return elapsedMs >= (from_s ?? 0) * 1000 && elapsedMs < (to_s ?? Number.POSITIVE_INFINITY) * 1000;
}

function outOf({ message, step, category, cause, delay_ms }: Outage): SimulatedOutcome {
  return { ...OK, outcome: "fail", message, step, category, cause, delay_ms };
}

function drawn(rates: readonly Rate[], seed: number, { job, account, tried }: SimulatedTry): Rate | null {
  const rolls: Record<DrawnPer, number> = {
    try: chance(`${seed}/${job}/${tried}`),
    job: chance(`${seed}/job/${job}`),
    account: chance(`${seed}/account/${account}`),
  };
  for (const rate of rates) {
    if (rolls[rate.per] < rate.chance) return rate;
    rolls[rate.per] -= rate.chance;
  }
  return null;
}

const own = (scripts: Record<string, Script>, name: string | number | null): Script | undefined =>
  name !== null && Object.hasOwn(scripts, name) ? scripts[name] : undefined;

const at = (script: Script, tried: number): SimulatedOutcome => script[Math.min(tried, script.length - 1)] ?? OK;

/** A number in [0, 1) that depends on the text alone (FNV-1a, then murmur's finish). */
export function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
