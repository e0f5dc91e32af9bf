// The only memory. One orchestrator per campaign writes through `claims` and `runs`; any process may use `desk` and `views`.
// All methods are async; ledger writes are passed as data; each method is one transaction; standing and event commit together.

import type { Calendar } from "../core/calendar.ts";
import type { Claim, ClaimRef, GoAnswer, KnownMedia, Unconfirmed } from "../core/claim.ts";
import type { EventLine, RunEvent, RunFinished } from "../core/events.ts";
import type { Category, Evidence, Failure } from "../core/failure.ts";
import type { AttemptId, CauseId, Fence, Instant, JobId, Millis, PassNo, RunId } from "../core/ids.ts";
import type { HeldBy, JobSpec, JobState } from "../core/job.ts";
import type { AccountLimits } from "../core/limits.ts";
import type { PassFacts, PassResult } from "../core/pass.ts";
import type { Reached } from "../core/poster-end.ts";
import type { RetryPolicy, Settlement, Spent } from "../core/retry.ts";
import type { AccountSettings, RunSettings } from "../core/settings.ts";
import type { Counts, PassStats } from "../core/tally.ts";
import type { Look, LookDecision } from "../core/verify.ts";

/**
 * What every adapter is made with. Time comes from the store, so that all writers of one ledger agree on it. Without `files` a post
 * that an earlier program made is known by its path alone until some attempt reads that file.
 */
export type LedgerDeps = { calendar: Calendar; now: () => Instant; files?: MediaFiles };

/** Looks at files of posts that an earlier program made. `null`: it can't be. */
export type MediaFiles = {
  sizeOf(path: string): Promise<number | null>;
  read(path: string): Promise<KnownMedia | null>;
};

export interface Ledger {
  /** Made with the ledger, never changes; part of the run mark. */
  readonly id: string;
  /** Jobs, runs and standing of one campaign. Makes it known at its first write. */
  campaign(name: string): CampaignLedger;
  readonly accounts: AccountDesk;
  readonly devices: DeviceDesk;
  /** Campaigns that hold accounts or phones: those that run, and those that died over them. */
  leaseholders(): Promise<string[]>;
  /** Called after each commit of this handle, in order. Returns the function that ends it. */
  subscribe(listener: (line: EventLine) => void): () => void;
  /** Changes when another process has committed; cheap enough to ask ten times a second. */
  version(): Promise<number>;
  close(): Promise<void>;
}

export interface CampaignLedger {
  readonly name: string;
  readonly intake: IntakeDesk;
  readonly runs: RunBook;
  readonly claims: ClaimDesk;
  readonly fleet: FleetBook;
  readonly phoneTime: PhoneTime;
  readonly looks: LookDesk;
  readonly desk: JobDesk;
  readonly views: CampaignViews;
}

// --- taking jobs in -------------------------------------------------------------------------------------------------

/** A validated row with where it stood. `past`: what an earlier program says of it. */
export type IntakeRow = { spec: JobSpec; file: string; line: number; past: PastOutcome | null };
export type PastOutcome =
  | { state: "success"; at: Instant | null; url: string | null }
  | { state: "failed"; message: string };

/** The same id with other content, earlier in the same intake. */
export type IntakeConflict = { file: string; line: number; id: JobId; earlier: { file: string; line: number } };
export type IntakeReport = {
  added: number;
  /** Same id, same content: nothing to do. */
  known: number;
  /** Same id, new caption, times or data, not yet tried: taken over. */
  updated: JobId[];
  /** Same id, other content, already tried or posted: left alone. */
  unchanged: JobId[];
  /** Rows said again word for word in the same files. */
  repeated: number;
  /** Would repeat a post already made. */
  duplicates: number;
  /** Media that go to more than five accounts. */
  widespread: { media: string; accounts: number }[];
};

export interface IntakeDesk {
  /** Opens an empty tray. Nothing is in the campaign before `commit`. */
  open(): Promise<IntakeTray>;
}
export interface IntakeTray {
  add(rows: readonly IntakeRow[]): Promise<IntakeConflict[]>;
  /**
   * Takes the tray in. Idempotent by job id.
   *
   * @param dailyLimit  posts per account and day that the files ask for; kept with the campaign. `null`: they say nothing
   */
  commit(accounts: readonly AccountSettings[], dailyLimit: number | null): Promise<IntakeReport>;
  discard(): Promise<void>;
}

// --- a run and its passes -------------------------------------------------------------------------------------------

/** Who runs: enough to prove that a process is gone. */
export type Holder = { pid: number; startTime: string; bootId: string; host: string };

/**
 * A wait between passes: `delay`: for the next try; `settling`: until a look can settle what is unconfirmed; `until`: for jobs that
 * become due, kept open by `--until`.
 */
export type PassWait = { until: Instant; reason: "delay" | "settling" | "until" };

export type OpenedRun = {
  run: RunId;
  resumed: boolean;
  /** Last pass opened; 0 = none. */
  pass: number;
  isPassOpen: boolean;
  /** Passes that belong to earlier wake-ups of `--until`: not counted for `--max-passes`. */
  base: number;
  /** What was being waited for. */
  wait: PassWait | null;
  /** Settings of the earlier start; `null` for a new run. */
  before: RunSettings | null;
};

export type OpenAttempt = {
  attempt: AttemptId;
  fence: Fence;
  job: JobId;
  account: string;
  worker: number;
  device: string | null;
  reached: Reached;
  step: string;
  spent: Spent;
  startedAt: Instant;
};

export interface RunBook {
  /**
   * Resumes the unfinished run or opens a new one; a new one takes up what failed for the infrastructure's sake before,
   * with fresh budgets. Applies the scope of `settings.accounts`.
   */
  open(start: { settings: RunSettings; holder: Holder; simulated: boolean }): Promise<OpenedRun>;
  /**
   * Makes this handle the campaign's orchestrator. One that was it before, frozen meanwhile or cut off, writes nothing any more:
   * its writes are refused as `fenced`.
   */
  reign(): Promise<void>;
  /** Whether nobody has become the orchestrator since. True for a handle that never was. */
  reigns(): Promise<boolean>;
  /** What the present or last run was told; `null` = there was none. */
  settings(): Promise<RunSettings | null>;
  /** Deals jobs without account. @returns how many found none */
  deal(accounts: readonly AccountSettings[]): Promise<{ dealt: number; left: number; accounts: number }>;
  /** Attempts that no settlement has ended: those of dead workers, after a crash. */
  openAttempts(): Promise<OpenAttempt[]>;
  /** Opens the next pass, or reopens the one a crash left open. */
  openPass(maxPasses: number): Promise<PassNo>;
  /** Pending again: what the policy lets another pass try, what was parked, what is due. @returns jobs now pending */
  requeue(policy: RetryPolicy): Promise<number>;
  /** Jobs whose time has come become pending. @returns how many, and the next time one becomes due */
  wake(): Promise<{ woken: number; nextAt: Instant | null }>;
  facts(policy: RetryPolicy, verifies: boolean): Promise<Omit<PassFacts, "stopAsked" | "halted">>;
  stats(pass: PassNo): Promise<PassStats>;
  /** `wait`: before the next pass; kept with the closing, so that no crash falls between them. */
  closePass(pass: PassNo, result: PassResult, wait?: PassWait): Promise<void>;
  /** What is waited for, kept over a crash; `null` ends it. */
  setDelay(wait: PassWait | null): Promise<void>;
  /** Passes up to this one belong to earlier wake-ups of `--until`. */
  countFrom(pass: PassNo): Promise<void>;
  /** Ends the run. `interrupted` and `halted` leave it open for the next start. */
  finish(result: PassResult, exitCode: number): Promise<RunFinished>;
  /**
   * Takes back what failed attempts of the open run cost their jobs: an outage was to blame. Jobs that still stand where those
   * attempts left them are pending again, in this very pass. Writes `event` with it.
   */
  uncharge(attempts: readonly AttemptId[], event: RunEvent): Promise<void>;
  /** Writes an event that goes with no change of standing. */
  record(event: RunEvent): Promise<void>;
  takeCommands(): Promise<Command[]>;
  /** A stop was asked for: readers see the run as stopping until its next start. */
  markStopping(): Promise<void>;
}

export type CommandType = "stop" | "stop_now" | "pause" | "resume" | "next";
export type Command = { type: CommandType; by: string };

// --- claims: what a worker slot does --------------------------------------------------------------------------------

export type NoWork =
  /** Nothing now, but something by itself at `until`. */
  | { next: "wait"; until: Instant; reason: string }
  /** Nothing that waiting would help (accounts in flight come back by settling). */
  | { next: "none" };
export type ClaimAnswer = { next: "claimed"; claim: Claim } | NoWork;

/**
 * `asOpaque`: the poster may be silent, so an opaque intent is committed with the claim.
 * `phones`: those that could take a job now; one that failed here is left to another of them that it has not failed on.
 */
export type SlotInfo = { worker: number; device: string | null; asOpaque: boolean; phones?: readonly string[] };

export type Demand = {
  /** Accounts with a job that could be tried now: on any phone, and by the phone that they are bound to. */
  anyPhone: number;
  boundTo: ReadonlyMap<string, number>;
  /** Something becomes due by itself. */
  wakeAt: Instant | null;
  /** Phones that are taken out, and until when; `null` = until a person puts them back. */
  out: ReadonlyMap<string, Instant | null>;
};

export interface ClaimDesk {
  /**
   * Whether a claim would succeed on one of these devices. Defers, holds and skips what it finds not eligible on the way.
   *
   * @param devices  `null` in it, or none given: any account will do, wherever it is bound to
   * @param phones   as in `SlotInfo`
   */
  peek(
    settings: RunSettings,
    devices?: readonly (string | null)[],
    phones?: readonly string[],
  ): Promise<{ next: "ready" } | NoWork>;
  /** Where there is work to look for. An upper bound: a limit or a twin may still stand against it. */
  demand(): Promise<Demand>;
  /** Claims the best eligible job: one at a time per account and device, over all campaigns. */
  claim(slot: SlotInfo, settings: RunSettings): Promise<ClaimAnswer>;
  /**
   * The media as the worker found it; refuses a duplicate. Reads posts of an earlier program first that may be the same file.
   * Commits the opaque intent if the claim asked for one.
   */
  recordMedia(ref: ClaimRef, media: KnownMedia): Promise<GoAnswer>;
  /** First protocol event: withdraws an opaque intent. May be lazy. */
  spoke(ref: ClaimRef): Promise<void>;
  /** May be lazy. */
  step(ref: ClaimRef, name: string): Promise<void>;
  /** Commits the intent durably, or refuses. No answer, no tap. */
  markPublishing(ref: ClaimRef, intent: { baseline: string | null }, settings: RunSettings): Promise<GoAnswer>;
  /**
   * Writes the end of an attempt and all that follows from it. `late`: an old fence; recorded, changes nothing else.
   * Throws for an attempt that the campaign never gave out, or not for the job `of`.
   */
  settle(ref: ClaimRef & { of?: JobId | null }, settlement: Settlement): Promise<"ok" | "late">;
}

// --- phones: which are ours now, and which are out --------------------------------------------------------------------

/** `provider`: as in `--devices`. Ids of two providers never mean the same phone. */
export type DeviceName = { id: string; provider: string };
export type DeviceTaken =
  | { ok: true }
  /** `until`: worth asking again then; `null` = only when somebody changes something. */
  | { ok: false; why: "leased" | "out"; until: Instant | null };

/** `wasOn`: it ran before we came, so that it is left on. */
export type DeviceTake = DeviceName & { wasOn: boolean };
/**
 * For a look before a run, or to stop what is still on: written down like any other, and told by no event.
 * `isToStop`: had even while it is taken out, since it gets no job.
 */
export type Untold = { isUntold: true; isToStop?: true };

export interface FleetBook {
  /**
   * Leases a phone for this campaign and writes down that we start it, both before it is started: whatever becomes of
   * us, the next start finds it. Refused while another campaign has it, or while it is taken out.
   *
   * @param mark  of this start of the campaign
   */
  take(device: DeviceTake, mark: string, how?: Untold): Promise<DeviceTaken>;
  /** It can be used. */
  ready(id: string): Promise<void>;
  /** It is stopped: the lease ends. `fault`: why it could not be had. */
  give(id: string, fault: { cause: string; message: string } | null, how?: Untold): Promise<void>;
  /** Phones that other starts of this campaign took and never gave back. */
  left(mark: string): Promise<DeviceTake[]>;
  /** Takes a local TCP port for this start; `false`: it is taken, by this start or another. */
  leasePort(port: number, mark: string): Promise<boolean>;
  /** Gives up the ports of this start and of all that were before it. */
  freePorts(): Promise<void>;
}

export type PhonesOn = DeviceName & { since: Instant };
/** `isOn`: it costs on. */
export type PhoneSpent = { id: string; ms: Millis; starts: number; isOn: boolean };

/** Phones that cost while they are on. Unlike a lease this outlives who wrote it, until the provider says that it is off. */
export interface PhoneTime {
  /**
   * Before it is switched on; call it only with the phone leased and off. One that is on for us already stays as it is;
   * one that another campaign could not stop went off since, and is ours from now on.
   */
  switchOn(device: DeviceName): Promise<void>;
  /** It is off, or never went on. Another campaign's is left alone. */
  switchOff(id: string): Promise<void>;
  /** Switched on by this campaign and not off since, longest on first. */
  on(): Promise<PhonesOn[]>;
  /** What each phone cost in the present or last run. */
  spent(): Promise<PhoneSpent[]>;
}

export type DeviceStanding = DeviceName & {
  /** Started by us and not stopped since. */
  started: { campaign: string; mark: string; at: Instant; readyAt: Instant | null } | null;
  /** Nobody else may use it. `attempt`: the one that runs on it. */
  lease: { campaign: string; attempt: AttemptId | null; since: Instant } | null;
  /** No job is given to it. `until`: `null` = until a person puts it back. */
  out: DeviceOut | null;
  /** Why it could last not be had; `null` since it could. `times`: in a row. */
  fault: { cause: string; message: string; at: Instant; times: number } | null;
};
export type DeviceOut = { by: "person" | "run"; cause: string; reason: string; since: Instant; until: Instant | null };

export interface DeviceDesk {
  /** Phones that cost now, of all campaigns, longest on first. */
  on(): Promise<(PhonesOn & { campaign: string })[]>;
  /** Every phone that was ever taken or taken out: those taken out first, then by id. */
  list(): Promise<DeviceStanding[]>;
  /** Gives it no more jobs; an attempt that runs on it may finish. A longer time replaces a shorter one. */
  takeOut(device: DeviceName, out: Omit<DeviceOut, "since">): Promise<void>;
  /** @returns `false`: it was not out */
  putBack(id: string, by: "person" | "run"): Promise<boolean>;
}

// --- looks: settling what is unconfirmed ----------------------------------------------------------------------------

export interface LookDesk {
  list(ids?: readonly JobId[]): Promise<Unconfirmed[]>;
  /** Writes what a look found. `not_posted` gives the limit back and leaves a retryable infrastructure failure. */
  record(attempt: AttemptId, look: Look, decision: LookDecision): Promise<void>;
  /** No look came about, or it was cut short: what is known stays, and the post is due for the next look. Nobody waits for it. */
  missed(attempt: AttemptId): Promise<void>;
}

// --- people at the desk ---------------------------------------------------------------------------------------------

export type JobFilter = {
  states?: JobState[];
  category?: string;
  account?: string;
  /** A cause's id: jobs whose last failure it was and that are not posted or skipped. Or its word: jobs that failed with it. */
  cause?: string;
  ids?: JobId[];
};
/** What was done to which job, and why others were left alone. */
export type DeskReport = { done: JobId[]; refused: { job: JobId; why: string }[] };

export interface JobDesk {
  /** Never takes unconfirmed, posted, running or held-with-account jobs. */
  retry(ids: readonly JobId[], by: string): Promise<DeskReport>;
  hold(ids: readonly JobId[], by: string, reason: string): Promise<DeskReport>;
  release(ids: readonly JobId[], by: string): Promise<DeskReport>;
  /** Settles jobs as posted: unconfirmed and failed ones, and open ones that were posted elsewhere, or by a run that is forgotten. */
  markPosted(ids: readonly JobId[], by: string, url: string | null): Promise<DeskReport>;
  /** Settles unconfirmed jobs as not posted: pending again, limit given back. */
  markNotPosted(ids: readonly JobId[], by: string): Promise<DeskReport>;
  /** Somebody put it right: a cause that comes back is `regressed`. @returns whether there is such a cause, unresolved */
  resolveCause(cause: CauseId, by: string, note: string | null): Promise<boolean>;
  send(type: CommandType, by: string): Promise<void>;
}

export type AccountView = {
  name: string;
  platform: string;
  state: "ok" | "held" | "ready_for_review";
  hold: { cause: string; reason: string; at: Instant; by: "person" | "run"; cooldownUntil: Instant | null } | null;
  settings: AccountSettings;
  /** What it goes by: its own settings, else those of the campaign that asks. */
  limits: AccountLimits;
  postsToday: number;
  lastPostAt: Instant | null;
  /** When its next open job may be posted, now at the earliest; `null`: it has none, or is held. */
  nextAt: Instant | null;
  pending: number;
  deferred: number;
  held: number;
  unconfirmed: number;
};

export interface AccountDesk {
  /** All accounts: held ones first, then by name. `settings`: of the campaign that asks, where an account has none of its own. */
  list(settings?: Pick<RunSettings, "limits" | "knownAccounts">): Promise<AccountView[]>;
  /** Names of held accounts, longest held first, at most `limit`. */
  held(limit: number): Promise<string[]>;
  hold(account: { name: string; platform: string }, by: string, reason: string): Promise<{ jobs: number } | null>;
  /** `null`: no such account. Refused before the cooldown is over, unless forced. */
  release(
    account: { name: string; platform: string },
    by: string,
    force: boolean,
  ): Promise<{ released: true; jobs: number } | { released: false; why: string } | null>;
}

// --- readers --------------------------------------------------------------------------------------------------------

/** `new`: seen first in the present or last run. `regressed`: it came back after it was resolved. */
export type CauseState = "new" | "known" | "regressed" | "resolved";

/** Failures that one thing brought about. Counters are kept as attempts end, never recounted. */
export type CauseView = {
  id: CauseId;
  category: Category;
  /** Its word, such as `device_offline`. */
  cause: string;
  /** What its failures say, with `<kind>` where they differ. */
  title: string;
  state: CauseState;
  firstAt: Instant;
  lastAt: Instant;
  /** Jobs that stand failed with it now, jobs that stand unconfirmed, and how many accounts have them. */
  jobs: number;
  unconfirmed: number;
  accounts: number;
  /** Failures in the present or last run, and ever. */
  inRun: number;
  failures: number;
  /** Whom it ever met. */
  met: { jobs: number; accounts: number; devices: number };
  /** The one device it was ever seen on; `null`: on none, or on several. */
  onlyDevice: string | null;
  resolved: { at: Instant; by: string; note: string | null } | null;
};

/** A failure of a cause, for whoever wants to look closer. */
export type CauseSample = {
  job: JobId;
  attempt: AttemptId;
  account: string;
  device: string | null;
  at: Instant;
  message: string;
};

export type JobView = {
  id: JobId;
  account: string | null;
  platform: string;
  media: string;
  caption: string;
  state: JobState;
  category: string | null;
  cause: string | null;
  message: string | null;
  /** Of its last failure. */
  causeId: CauseId | null;
  heldBy: HeldBy | null;
  wakeAt: Instant | null;
  wakeReason: string | null;
  attempts: number;
  url: string | null;
  source: string;
  priority: number;
  notBefore: Instant | null;
  notAfter: Instant | null;
  allowRepost: boolean;
  /** Not left out by `--accounts`. */
  isInScope: boolean;
};

export type AttemptView = {
  attempt: AttemptId;
  run: RunId;
  pass: number;
  worker: number;
  device: string | null;
  phase: string;
  step: string;
  startedAt: Instant;
  endedAt: Instant | null;
  /** What it cost: the counter, or `null` for uncharged. */
  charge: string | null;
  failure: Failure | null;
  evidence: Evidence | null;
  causeId: CauseId | null;
  url: string | null;
  /** Why it was cancelled. */
  reason: string | null;
  /** How it ended, and of what, before a look or a person settled it otherwise. */
  endedAs: string;
  endedOf: Failure | null;
};

/**
 * A change of state that no attempt brought about, or where an attempt put its job. `from`: `taken_in` for the first state, if it
 * was not pending; `waiting` and `parked` are told apart from pending here. The same state twice: something noted about it.
 */
export type MoveView = {
  at: Instant;
  /** Attempts the job had had by then. */
  tries: number;
  from: string;
  to: string;
  heldBy: HeldBy | null;
  until: Instant | null;
  why: string | null;
  /** Who did it; `null`: the run itself. */
  by: string | null;
};

/** A job with all that happened to it. `retries`: what each of its runs allowed. */
export type JobStory = {
  job: JobView;
  spec: JobSpec;
  attempts: AttemptView[];
  moves: MoveView[];
  retries: Record<RunId, RetryPolicy>;
};

/** One attempt that ended in a failure, as it was judged then. */
export type PastFailure = {
  attempt: AttemptId;
  job: JobId;
  account: string;
  phase: "failed" | "unconfirmed";
  endedAt: Instant | null;
  failure: Failure;
};

export type RunView = {
  run: RunId;
  isOpen: boolean;
  pass: number;
  maxPasses: number;
  workers: number;
  delayUntil: Instant | null;
  isPaused: boolean;
  isStopping: boolean;
  holder: Holder;
  startedAt: Instant;
  endedAt: Instant | null;
  result: PassResult | null;
  exitCode: number | null;
  attempts: number;
  passes: RunFinished["pass_history"];
};

export interface CampaignViews {
  /** Posts per account and day that its job files asked for last; `null`: none did. */
  dailyLimit(): Promise<number | null>;
  /** Accounts that its job files or settings name: whom undealt jobs go to when nobody else is named. */
  accounts(): Promise<AccountSettings[]>;
  /** Reads the standing; never counts rows. */
  counts(): Promise<Counts>;
  /** Causes that jobs stand failed or unconfirmed with, most first; then those that the present or last run met. */
  causes(limit: number): Promise<CauseView[]>;
  /** All causes there ever were, newest first. `after`: `null` for the first page. */
  causeBook(page: { limit: number; after: string | null }): Promise<{ causes: CauseView[]; next: string | null }>;
  /** One cause with the newest failures of jobs that met it last, at most `samples`; `null`: there is none. */
  cause(id: CauseId, samples: number): Promise<{ cause: CauseView; samples: CauseSample[] } | null>;
  run(): Promise<RunView | null>;
  jobs(filter: JobFilter, page: { limit: number; after: number }): Promise<{ jobs: JobView[]; next: number | null }>;
  /** The same jobs as `jobs`, as a job file describes them. */
  specs(filter: JobFilter, page: { limit: number; after: number }): Promise<{ jobs: JobSpec[]; next: number | null }>;
  /** Open jobs that would repeat a post made, or one that nobody knows of yet, as far as their media are known. */
  twins(): Promise<{ job: JobId; twin: "duplicate" | "unconfirmed" }[]>;
  job(id: JobId): Promise<JobStory | null>;
  /** What happened in this campaign, oldest first; `after`: as `next` had it, 0 = from the beginning. */
  events(page: { limit: number; after: number }): Promise<{ events: EventLine[]; next: number | null }>;
  /** Failed and unconfirmed attempts of all runs, oldest first. Evidence and all: for readers in another process than a run's. */
  failures(page: { limit: number; after: number }): Promise<{ failures: PastFailure[]; next: number | null }>;
  /** Open jobs in the order they would be claimed, for `plan` and for copies. */
  open(page: { limit: number; after: number }): Promise<{ jobs: JobSpec[]; next: number | null }>;
}

/** A ledger that can't be used, and what to do about it. */
export class LedgerError extends Error {
  readonly code: "busy" | "foreign" | "newer" | "damaged" | "missing" | "disk" | "fenced";
  constructor(code: LedgerError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LedgerError";
    this.code = code;
  }
}
