// What the oracle believes of jobs, attempts and campaigns. Its own types: it shares nothing with the product.

export type State =
  | "pending"
  | "parked"
  | "waiting"
  | "running"
  | "success"
  | "failed"
  | "unconfirmed"
  | "skipped"
  | "held"
  | "deferred";

export type Job = {
  id: string;
  campaign: string;
  /** `null`: not dealt yet. */
  account: string | null;
  media: string;
  mayRepeat: boolean;
  state: State;
  category: string | null;
  by: string | null;
  until: number;
  /** Why deferred. */
  why: string;
  spent: { infrastructure: number; unknown: number };
  last: Attempt | null;
};

export type Attempt = {
  id: string;
  job: Job;
  account: string;
  device: string | null;
  pass: number;
  phase: "running" | "posted" | "failed" | "unconfirmed" | "cancelled";
  category: string | null;
  /** Whether a post of it stands in the account's history. */
  post: "open" | "unconfirmed" | "posted" | null;
  asked: boolean;
  spoke: boolean;
  intent: { day: string; wall: number; at: number } | null;
  /** When to look again; `null`: no use. */
  lookAt: number | null;
  /** How often a look saw nothing of it. */
  absences: number;
  /** Its worker ever had it. */
  began: boolean;
  /** Its poster was started. */
  ran: boolean;
  /** Its end said that it is posted. */
  proven: boolean;
  /** The start of its campaign that gave it out. */
  start: number;
  /** Failed with an answer to slow down. */
  isSlowedDown: boolean;
  /** Failed while an outage was to blame: nobody pays for it. */
  forgiven: boolean;
  /** What its worker told in the end, in which start. */
  told: { what: string; start: number } | null;
};

export type Account = {
  name: string;
  zone: string;
  daily: number;
  window: { from: number; to: number } | null;
  device: string | null;
  isHeld: boolean;
  /** A person's hold gives way to what an attempt of that time meets. */
  isHeldByPerson: boolean;
  /** The attempt that it is to be held for, as long as it is not. */
  owesHold: string | null;
  running: Attempt | null;
  attempts: Attempt[];
};

export type Campaign = {
  name: string;
  jobs: Job[];
  most: number;
  retry: { infrastructure: number; unknown: number };
  verifies: boolean;
  readsMedia: boolean;
  isSilent: boolean;
  delayMs: number;
  backoff: number;
  delayMaxMs: number | null;
  hasJitter: boolean;
  gapMs: number;
  settleMs: number;
  hasHaltRule: boolean;
  /** `--until`. */
  isKeptOpen: boolean;
  /** How long an outage may last; `null`: none is looked for. */
  patienceMs: number | null;
  /** How many phones there are; without phones, accounts. */
  reach: number;
  run: string | null;
  isOpen: boolean;
  attempts: number;
  pass: number;
  /** Passes before the last wake-up of `--until`. */
  base: number;
  isPassOpen: boolean;
  /** How often it was gone through, in this start. */
  rounds: number;
  passAttempts: Attempt[];
  summaries: Record<string, unknown>[];
  waitingUntil: number | null;
  /** `--until` has woken something, and no pass has begun since. */
  isWoken: boolean;
  /** `delay`, `settling` or `until`. */
  waitsFor: string;
  isResumed: boolean;
  start: number;
  /** Who asked for a stop: often one, sometimes both. */
  stops: Set<"signal" | "command">;
  nextAsked: boolean;
  sawSetup: boolean;
  /** What the last look at the facts must come to, after a pass and at rest. */
  expected: { pass: string; rest: string } | null;
  summarySince: string | null;
  outage: Outage;
};

/** An ended attempt, as far as outages go. `cause`: of the infrastructure; `null`: it did not fail. */
export type Ended = { at: number; who: string; cause: string | null; isCertain: boolean };

/** Of this start of the campaign. */
export type Outage = {
  ends: Ended[];
  /** Since when one may be open. */
  openSince: number | null;
  /** It is: nothing that may have closed it has been seen. */
  isCertain: boolean;
  /** It had lasted as long as it may when somebody set the clock. */
  wasTooLong: boolean;
};
