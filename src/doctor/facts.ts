// What the doctor goes by. Gathered by probes and by the composition; judged in about-machine.ts and about-campaign.ts.
import type { FleetFacts } from "./facts-fleet.ts";
import type { ProviderFacts } from "./facts-provider.ts";

export type Facts = {
  /** `v24.21.0`. */
  node: string;
  platform: string;
  config: { file: string | null; error: string | null };
  folder: FolderFacts;
  clock: ClockFacts;
  ledger: LedgerFacts;
  poster: PosterFacts;
  media: MediaFacts;
  lock: LockFacts;
  leftovers: LeftoverFacts;
  heldAccounts: readonly string[];
  fleet: FleetFacts;
  /** `null`: the settings name no provider of phones far away. */
  provider: ProviderFacts | null;
};

/** The state folder, or the nearest folder above it that is there. */
export type FolderFacts = {
  path: string;
  exists: boolean;
  isFolder: boolean;
  isWritable: boolean;
  /** `null`: the platform knows no owners. */
  owner: { uid: number; own: number } | null;
  /** Permission bits. */
  mode: number;
  /** Magic number of the file system; `null`: could not be asked. */
  fileSystem: number | null;
  freeBytes: number | null;
};

export type ClockFacts = {
  now: number;
  /** How far the wall clock went astray from the monotonic one while it was watched, in ms. */
  jumpMs: number;
  zone: string;
  /** A zone that was asked for and that nobody knows. */
  unknownZone: string | null;
};

export type LedgerFacts =
  | { kind: "none" }
  | { kind: "unusable"; why: string }
  | { kind: "usable"; bytes: number; newestAt: number | null; faults: readonly string[]; isThorough: boolean };

/** Where the first word of a command leads. */
export type CommandFacts =
  | { kind: "found"; path: string }
  | { kind: "missing"; word: string; why: string }
  /** The shell decides: nothing can be said without running it. */
  | { kind: "untold"; why: string };

export type PosterFacts =
  /** `file`: its module, which is there (the settings see to that). */
  | { kind: "module"; file: string }
  | { kind: "none" }
  | { kind: "simulated" }
  | { kind: "command"; commands: readonly { key: string; of: CommandFacts }[] };

export type MediaFacts = {
  /** Folders that were looked at, at most 50. */
  folders: number;
  bad: readonly { folder: string; why: string }[];
  hasMore: boolean;
};

export type LockFacts = {
  /** Who took the campaign's lock last; `null`: nobody yet. */
  holder: { pid: number; host: string; since: string; isAlive: boolean } | null;
  /** A run that has no result yet. */
  unfinished: { run: string; pass: number } | null;
};

type LeftoverFacts = {
  /** Processes that carry our mark and whose orchestrator is gone. */
  processes: readonly { pid: number; command: string }[];
  outbox: { whole: number; damaged: readonly string[] };
  trays: number;
};
