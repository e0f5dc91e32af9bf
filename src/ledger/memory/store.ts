// What the memory ledger keeps: plain records in Maps and arrays, shared by all handles on one store.
import type { Attempt } from "../../core/attempt.ts";
import type { KnownMedia } from "../../core/claim.ts";
import type { EventLine, PassRecord } from "../../core/events.ts";
import type { Category } from "../../core/failure.ts";
import {
  type AttemptId,
  type CauseId,
  type Fence,
  type Instant,
  instant,
  type JobId,
  type LocalDay,
  type PassNo,
  type RunId,
} from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import type { PassResult } from "../../core/pass.ts";
import type { JobNext, Spent } from "../../core/retry.ts";
import type { AccountSettings, RunSettings } from "../../core/settings.ts";
import type { TallyRow } from "../../core/tally.ts";
import type { Command, DeviceOut, DeviceStanding, Holder, MoveView, PassWait } from "../ledger.ts";

/** Where a job stands; `parked` and `waiting` show as pending. */
export type Place = JobNext | { state: "claimed" };

export type JobRecord = {
  /** Order of coming in, over all campaigns. */
  readonly seq: number;
  readonly campaign: CampaignRecord;
  /** As the job file has it. */
  spec: JobSpec;
  account: AccountRecord | null;
  platform: string;
  source: string;
  isImported: boolean;
  inScope: boolean;
  place: Place;
  /** Why it is failed or unconfirmed. */
  failure: { category: Category; cause: string; message: string } | null;
  /** Of its last failure. */
  lastCause: CauseRecord | null;
  spent: Spent;
  fence: Fence;
  attempts: AttemptRecord[];
  moves: MoveView[];
  url: string | null;
};

export type AttemptRecord = {
  readonly id: AttemptId;
  readonly fence: Fence;
  readonly run: RunRecord;
  readonly pass: PassNo;
  readonly job: JobRecord;
  readonly account: AccountRecord;
  readonly worker: number;
  readonly device: string | null;
  readonly startedAt: Instant;
  /** The poster may be silent and has not spoken. */
  asOpaque: boolean;
  state: Attempt;
  step: string;
  media: KnownMedia | null;
  /** Its intent, unconfirmed or made post; none once it is provably not out. */
  post: PostRecord | null;
  endedAt: Instant | null;
  charge: keyof Spent | null;
  cause: CauseRecord | null;
  /** How it ended, before somebody settled it otherwise. */
  ended: Attempt | null;
};

export type CauseRecord = {
  readonly id: CauseId;
  readonly category: Category;
  readonly word: string;
  readonly title: string;
  readonly firstAt: Instant;
  /** `null`: outside a run. */
  readonly firstRun: RunId | null;
  lastAt: Instant;
  lastRun: RunId | null;
  failures: number;
  runFailures: number;
  met: { jobs: Set<JobRecord>; accounts: Set<AccountRecord>; devices: Set<string | null> };
  resolved: { at: Instant; by: string; note: string | null } | null;
  regressedAt: Instant | null;
};

/** A post with an intent, unconfirmed, or made. One that is provably not out is not kept. */
export type PostRecord = {
  readonly job: JobRecord;
  state: "open" | "unconfirmed" | "posted";
  key: string;
  hash: string | null;
  /** The limit day, fixed at the intent; `null`: an imported one, by its own time. */
  day: LocalDay | null;
  intentAt: Instant;
  postedAt: Instant | null;
  baseline: string | null;
  absentSince: Instant | null;
  lookAt: Instant | null;
};

export type AccountHold = {
  cause: string;
  reason: string;
  at: Instant;
  by: "person" | "run";
  cooldownUntil: Instant | null;
};

export type AccountRecord = {
  readonly name: string;
  readonly platform: string;
  settings: AccountSettings;
  hold: AccountHold | null;
  /** Zone of the last run that used it, for those without one of their own. */
  zone: string;
  posts: PostRecord[];
  jobs: Set<JobRecord>;
  /** Its one attempt in flight, over all campaigns. */
  inFlight: AttemptRecord | null;
};

export type PassEntry = {
  readonly number: PassNo;
  readonly totalJobs: number;
  readonly openedAt: Instant;
  attempts: AttemptRecord[];
  closed: PassRecord | null;
};

export type RunRecord = {
  readonly id: RunId;
  readonly simulated: boolean;
  readonly startedAt: Instant;
  settings: RunSettings;
  holder: Holder;
  isOpen: boolean;
  isPaused: boolean;
  isStopping: boolean;
  endedAt: Instant | null;
  wait: PassWait | null;
  base: number;
  result: PassResult | null;
  exitCode: number | null;
  maxPasses: number;
  attempts: number;
  passes: PassEntry[];
};

export type CampaignRecord = {
  readonly name: string;
  readonly store: MemoryStore;
  jobs: Map<JobId, JobRecord>;
  /** Jobs that show as pending. */
  pending: Set<JobRecord>;
  /** Jobs that something wakes by itself: deferred and waiting ones. */
  asleep: Set<JobRecord>;
  /** The standing: so many jobs in each state. */
  tally: Map<string, TallyRow>;
  runs: RunRecord[];
  commands: Command[];
  /** All that happened in it, oldest first. */
  events: EventLine[];
  causes: Map<CauseId, CauseRecord>;
  accounts: Set<AccountRecord>;
  /** Accounts that take part; `null` = all. */
  scope: readonly string[] | null;
  /** Grows with each orchestrator. */
  reign: number;
  dailyLimit: number | null;
};

export type DeviceRecord = {
  readonly id: string;
  provider: string;
  wasOn: boolean;
  started: { campaign: CampaignRecord; mark: string; at: Instant; readyAt: Instant | null } | null;
  /** Of a campaign's fleet; an attempt without one has its phone in `devices` alone. */
  lease: { campaign: CampaignRecord; since: Instant } | null;
  out: DeviceOut | null;
  fault: DeviceStanding["fault"];
};

export type PhoneTimeRecord = {
  readonly id: string;
  provider: string;
  campaign: string;
  run: RunId | null;
  onAt: Instant;
  offAt: Instant | null;
};

export type MemoryStore = {
  readonly id: string;
  campaigns: Map<string, CampaignRecord>;
  accounts: Map<string, AccountRecord>;
  attempts: Map<AttemptId, AttemptRecord>;
  /** The attempt that runs on each phone in use. */
  devices: Map<string, AttemptRecord>;
  fleet: Map<string, DeviceRecord>;
  phoneTime: PhoneTimeRecord[];
  ports: Map<number, CampaignRecord>;
  media: Map<string, KnownMedia>;
  /** Imported posts whose media was never read, by path. */
  unread: Map<string, PostRecord[]>;
  /** Who writes now, when, and why. */
  pen: { now: Instant; by: string | null; why: string | null };
  counters: { job: number; run: number; attempt: number; commits: number };
};

/** An empty ledger. Its ids count up, so one course of events always gives the same ids. */
export function newMemoryStore(): MemoryStore {
  return {
    id: "memory",
    campaigns: new Map(),
    accounts: new Map(),
    attempts: new Map(),
    devices: new Map(),
    fleet: new Map(),
    phoneTime: [],
    ports: new Map(),
    media: new Map(),
    unread: new Map(),
    pen: { now: instant(0), by: null, why: null },
    counters: { job: 0, run: 0, attempt: 0, commits: 0 },
  };
}
