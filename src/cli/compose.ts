// What the commands ask of the composition: loaded when a command needs it, so that help and status stay quick.

import type { DemoEnd, DemoOptions } from "../compose/demo-main.ts";
import type { PhoneRow } from "../compose/devices-main.ts";
import type { RepairEnd, RepairOptions } from "../compose/repair-main.ts";
import type { SimulateOptions } from "../compose/simulate-main.ts";
import type { VerifyEnd, VerifyOptions } from "../compose/verify-main.ts";
import type { Resolved } from "../config/config.ts";
import type { EventLine, RunFinished } from "../core/events.ts";
import type { Language } from "../init/init.ts";
import type { IntakeReport, Ledger } from "../ledger/ledger.ts";
import type { Plan } from "../report/plan.ts";
import type { StandingView } from "../report/standing.ts";
import type { StopSource } from "./stop-source.ts";

/** What the doctor says of one thing it looked at. */
export type CheckupFinding = {
  check: string;
  level: "ok" | "warning" | "problem";
  finding: string;
  remedy: string | null;
};

export type { PhoneRow } from "../compose/devices-main.ts";
export type { RepairEnd } from "../compose/repair-main.ts";
export type { RepairNews } from "../compose/repair-news.ts";
export type { VerifyEnd } from "../compose/verify-main.ts";

export type Steering = "pause" | "resume" | "next";
/** `idle`: nothing runs. `sent`: not answered yet. `needless`: there is no delay to skip. */
export type Steered = "done" | "sent" | "idle" | "needless";
type Kept = { file: string; bytes: number; newestAt: number | null };

type OnEvent = (line: EventLine) => void;

export interface Compose {
  /** `null`: there is none, and `how` is `existing`. Throws `LedgerError`. */
  openLedger(stateDir: string, how: "existing" | "create"): Promise<Ledger | null>;
  /** Runs a campaign to its result. Throws `RepriseError` where no run could start. */
  runMain(options: {
    resolved: Resolved;
    files: string[];
    stop: StopSource;
    onEvent: OnEvent;
    onWarning?: (message: string) => void;
  }): Promise<RunFinished>;
  /** Takes job files in. Throws `RepriseError` `bad_rows`, a detail a row. */
  importMain(options: {
    resolved: Resolved;
    files: string[];
  }): Promise<IntakeReport & { rows: number; skipped: number; warnings: string[] }>;
  /** The settings with what the campaign itself brought along. Creates nothing. */
  effectiveSettings(resolved: Resolved): Promise<Resolved>;
  /** Writes nothing. */
  planMain(options: { resolved: Resolved; files: string[] }): Promise<Plan>;
  /** Looks for unconfirmed posts, to the end or to a stop. Throws `RepriseError` `usage`, `conflict`, `preflight`. */
  verifyMain(options: VerifyOptions): Promise<VerifyEnd>;
  sweepMain(options: { resolved: Resolved }): Promise<{ processes: number; details: string[] }>;
  /** Holds an account's phone while a person mends the account. Throws `RepriseError` `preflight`, `conflict`. */
  repairMain(options: RepairOptions): Promise<RepairEnd>;
  /** Phones as ledger and provider know them. Changes nothing. */
  listDevices(options: { resolved: Resolved }): Promise<{ phones: PhoneRow[]; unasked: string | null }>;
  /** Stops phones that earlier starts left on. Throws `RepriseError` `conflict` while a run holds the campaign. */
  stopDevices(options: { resolved: Resolved }): Promise<string[]>;
  /** Asks the orchestrator to stop and waits until it is gone. */
  stopMain(options: { resolved: Resolved; now: boolean }): Promise<{ wasRunning: boolean }>;
  /** Tells the running orchestrator and waits a moment for it to take it up. */
  steerMain(options: { resolved: Resolved; to: Steering }): Promise<Steered>;
  /** Copies the ledger, in use or not. Throws `RepriseError`. */
  backupMain(options: { resolved: Resolved; file: string }): Promise<Kept>;
  /** Exchanges the ledger for a backup and keeps it. Throws `RepriseError`, `conflict` while any campaign runs. */
  restoreMain(options: { resolved: Resolved; file: string }): Promise<
    Kept & {
      aside: string | null;
      unknownPosts: number | null;
      left: { aside: string; posts: string[] } | null;
    }
  >;
  /** Looks for what would stop a run. Creates nothing. */
  doctorMain(options: {
    resolved: Resolved;
    /** Why the settings were refused; `resolved` then holds the defaults. */
    configError: string | null;
    isThorough: boolean;
    cwd: string;
    env: Record<string, string | undefined>;
  }): Promise<CheckupFinding[]>;
  /** Creates nothing. */
  readStanding(resolved: Resolved): Promise<StandingView>;
  /** A campaign of simulated jobs in a folder of its own. Throws `RepriseError` `usage` for a folder that can't be used. */
  demoMain(options: DemoOptions): Promise<DemoEnd>;
  /** Plays runs in virtual time. Writes nothing. Throws `RepriseError`. */
  simulateMain(options: SimulateOptions): Promise<void>;
  /** Writes a project, and returns the names of its files. Throws `RepriseError` `usage` where one is there already. */
  initMain(options: { folder: string; language: Language }): Promise<string[]>;
}

export const lazyCompose: Compose = {
  openLedger: async (stateDir, how) => (await import("../compose/open-ledger.ts")).openLedger(stateDir, how),
  runMain: async (options) => (await import("../compose/run-main.ts")).runMain(options),
  importMain: async (options) => (await import("../compose/import-main.ts")).importMain(options),
  effectiveSettings: async (resolved) => (await import("../compose/campaign-limit.ts")).effectiveSettings(resolved),
  planMain: async (options) => (await import("../compose/plan-main.ts")).planMain(options),
  verifyMain: async (options) => (await import("../compose/verify-main.ts")).verifyMain(options),
  sweepMain: async (options) => (await import("../compose/sweep-main.ts")).sweepMain(options),
  repairMain: async (options) => (await import("../compose/repair-main.ts")).repairMain(options),
  listDevices: async (options) => (await import("../compose/devices-main.ts")).listDevices(options),
  stopDevices: async (options) => (await import("../compose/devices-main.ts")).stopDevices(options),
  stopMain: async (options) => (await import("../compose/stop-main.ts")).stopMain(options),
  steerMain: async (options) => (await import("../compose/steer-main.ts")).steerMain(options),
  backupMain: async (options) => (await import("../compose/safekeeping.ts")).backupMain(options),
  restoreMain: async (options) => (await import("../compose/safekeeping.ts")).restoreMain(options),
  demoMain: async (options) => (await import("../compose/demo-main.ts")).demoMain(options),
  simulateMain: async (options) => (await import("../compose/simulate-main.ts")).simulateMain(options),
  initMain: async (options) => (await import("../compose/init-main.ts")).initMain(options),
  doctorMain: async (options) => (await import("../compose/doctor-main.ts")).doctorMain(options),
  readStanding: async (resolved) => (await import("../compose/standing.ts")).readStanding(resolved),
};
