import type { Window } from "./calendar.ts";
import type { Instant, Millis } from "./ids.ts";
import type { PassPolicy } from "./pass.ts";
import type { RetryPolicy } from "./retry.ts";

/** How the media is posted. */
export type PosterSettings =
  | { kind: "command"; exec: string; verifyExec: string | null; silentIs: "unconfirmed" | "failed" }
  /** `file`: absolute path of a module that default-exports a poster. */
  | { kind: "module"; file: string; seed: number }
  /** `scenarioFile`: absolute path, name of a built-in scenario, or `null`: all well. */
  | { kind: "simulated"; scenarioFile: string | null; seed: number };

/** One account as flags, config or a job file name it. */
export type AccountSettings = {
  name: string;
  platform: string;
  device: string | null;
  timezone: string | null;
  dailyLimit: number | null;
  window: Window | null;
};

/** Phones on adb. */
export type AdbPhones = {
  provider: "adb";
  /** Phones of this fleet; `null` = all that adb lists when the run begins. */
  serials: string[] | null;
  /** Path or name of the adb program. */
  binary: string;
  /** Of the adb server; `null` = as adb itself would take it, or any free one for a private server. */
  adbPort: number | null;
  /** A server of our own, which ends with the run. */
  isPrivate: boolean;
  /** Local ports that we hand to workers for their forwards. */
  systemPorts: { from: number; to: number };
  /** A foreign program that listens on a port we need is ended, and told. */
  forceKillPorts: boolean;
  /** How long a phone may take until it can be used. */
  readyMs: Millis;
  /** The kind of account that `dumpsys account` is read for; `null` = any. */
  accountType: string | null;
};

/** Phones of a provider far away: a cloud, or a farm. Holds no secret, only where it is. */
export type FarPhones = {
  provider: "geelark" | "stf";
  /** `null` = the provider's own address. */
  url: string | null;
  secret: { env: string } | { file: string };
  /** The variable with the team's app id, where the secret is a key to sign with; `null` = the secret is a token. */
  appIdEnv: string | null;
  /** Names or ids of the phones that take part; `null` = all that group and tags leave. */
  phones: string[] | null;
  group: string | null;
  tags: string[] | null;
  /** As for phones on adb. */
  accountType: string | null;
  /** How often phones that start or stop are looked at. */
  pollMs: Millis;
  /** How long a phone stays on that nobody uses: about as long as a start takes. */
  idleMs: Millis;
  /** How long the provider may give no phones before the run halts. */
  patienceMs: Millis;
  /** Most phones on at the same time; `null` = as many as there are workers. */
  maxPhones: number | null;
  /** No phone is switched on once a run has used so many minutes; `null` = no end. */
  maxPhoneMinutes: number | null;
};

export type HaltRule = { when: "now" | "soon"; fail: number; unit: "count" | "percent" } | null;

/** All that a run is told; recorded with the run, so that a resume can show what changed. */
export type RunSettings = {
  workers: number;
  /** Pause between the starts of two workers. */
  staggerMs: Millis;
  passes: PassPolicy;
  retry: RetryPolicy;
  limits: { daily: number; minGapMs: Millis; timezone: string; window: Window | null };
  attemptTimeoutMs: Millis;
  settleMs: Millis;
  stopGraceMs: Millis;
  halt: HaltRule;
  /** When claims pause because many devices fail alike; `null` = never. */
  outage: { probeMs: Millis; patienceMs: Millis } | null;
  poster: PosterSettings;
  devices: { provider: "none" } | { provider: "simulated"; count: number } | AdbPhones | FarPhones;
  /** Accounts that take part; `null` = all. Undealt jobs go to these, else to the known ones. */
  accounts: string[] | null;
  knownAccounts: AccountSettings[];
  seed: number;
  /** Keeps the run open until then for jobs that become due. */
  until: Instant | null;
  retryAllFailed: boolean;
  /** Environment variables that posters do not get. */
  secrets: string[];
  /** Absolute paths of the user's rule files; none said by an older version. */
  ruleFiles?: string[];
};
