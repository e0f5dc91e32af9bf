// What a simulated poster does, decided from a scenario: pure, so that real processes and virtual time agree.
import type { Category } from "../core/failure.ts";

/** What may become of a simulated attempt. */
export const OUTCOMES = [
  "ok",
  /** Posts without a word, exit 0. */
  "silent_ok",
  /** Fails before publishing. */
  "fail",
  /** The app refuses after the tap. */
  "refused",
  /** Ends without proof after the intent. */
  "unconfirmed",
  "hang",
  "hang_after_intent",
  /** The worker's process dies. */
  "crash",
  "crash_after_intent",
] as const;

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
};

/** One outcome for each try of a job, the last one repeats. */
type Script = SimulatedOutcome[];

export type Scenario = {
  delay_ms: number;
  /** File that each simulated post is appended to, one JSON line each. */
  sink: string | null;
  looks: "truthful" | "cannot_tell";
  /** The first that names the attempt decides: jobs, accounts, devices, passes, then chance, then the default. */
  jobs: Record<string, Script>;
  accounts: Record<string, Script>;
  devices: Record<string, Script>;
  passes: Record<string, Script>;
  rates: (SimulatedOutcome & { chance: number })[];
  default: Script;
};

export type SimulatedTry = {
  job: string;
  account: string;
  device: string | null;
  pass: number;
  /** Tries of this job before this one. */
  tried: number;
};

const OK: SimulatedOutcome = {
  outcome: "ok",
  message: "",
  step: "opening",
  category: null,
  cause: null,
  delay_ms: null,
  posted: true,
};

/** Decides one attempt. Same scenario, seed and try: same outcome, in whatever order the attempts run. */
export function decideSimulated(scenario: Scenario, seed: number, attempt: SimulatedTry): SimulatedOutcome {
  const { job, account, device, pass, tried } = attempt;
  const script =
    own(scenario.jobs, job) ??
    own(scenario.accounts, account) ??
    own(scenario.devices, device) ??
    own(scenario.passes, pass);
  if (script !== undefined) return at(script, tried);
  let roll = chance(`${seed}/${job}/${tried}`);
  for (const rate of scenario.rates) {
    if (roll < rate.chance) return rate;
    roll -= rate.chance;
  }
  return at(scenario.default, tried);
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
