// The oracle: follows the world's own log of posts and processes and the product's events, and says what is not right.
import type { Account, Attempt, Campaign, Job } from "./model.ts";
import { dayOn, exitCode, minuteOn, resultAfterPass, resultAtRest, type Standing } from "./rules.ts";

type Line = Record<string, unknown> & { type: string };
export type Seen =
  | { t: "event"; line: object }
  | { t: "post"; job: string; account: string; media: string; attempt: string; shownInMs: number }
  | { t: "act"; what: "begins" | "ends"; attempt: string; job: string; account: string; device: string | null }
  | { t: "told"; attempt: string; campaign: string; what: string }
  | { t: "start" | "killed"; campaign: string }
  | { t: "broke"; campaign: string; error: string }
  | { t: "sent"; campaign: string; type: string; by: "signal" | "command" }
  | { t: "deed"; campaign: string; deed: string; jobs: string[] }
  | { t: "clock"; byMs: number };

export type OracleSetup = {
  truth: "truthful" | "lying" | "none";
  accounts: { name: string; zone: string; daily: number; window: { from: number; to: number } | null }[];
  campaigns: { name: string; jobs: readonly object[]; settings: object }[];
  /** Nobody but one campaign has a hand in it. */
  isCalm: boolean;
  isInOutbox: (attempt: string) => boolean;
};

type Called = { method: string; when: "before" | "after"; args: readonly unknown[]; value?: unknown };

class Broken extends Error {}

function must(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Broken(what());
}

const text = (v: unknown) => String(v);
const at = (v: unknown) => Date.parse(String(v));

export class Oracle {
  readonly stats = { attempts: 0, unconfirmed: 0 };
  readonly #truth: OracleSetup["truth"];
  readonly #isInOutbox: OracleSetup["isInOutbox"];
  #isCalm: boolean;
  #wasClockSet = false;
  readonly #jobs = new Map<string, Job>();
  readonly #accounts = new Map<string, Account>();
  readonly #campaigns = new Map<string, Campaign>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #acts = new Map<string, { account: string; device: string | null }>();
  readonly #posts: { job: Job; attempt: Attempt; wall: number; at: number }[] = [];
  /** Jobs that a look or a person said are not posted. */
  readonly #saidAbsent = new Set<string>();
  #wall = 0;
  #now = 0;

  constructor(setup: OracleSetup) {
    this.#truth = setup.truth;
    this.#isCalm = setup.isCalm;
    this.#isInOutbox = setup.isInOutbox;
    for (const a of setup.accounts)
      this.#accounts.set(a.name, { ...a, isHeld: false, newestDay: "", running: null, attempts: [] });
    for (const c of setup.campaigns) this.#campaigns.set(c.name, campaignOf(c));
    for (const c of this.#campaigns.values()) for (const job of c.jobs) this.#jobs.set(job.id, job);
  }

  /** Throws what is not right. `wall`: what the clock shows; `now`: true time. */
  see(seen: Seen, wall: number, now: number): void {
    this.#wall = wall;
    this.#now = now;
    switch (seen.t) {
      case "event":
        this.#event(seen.line as Line);
        return;
      case "post":
        this.#post(seen);
        return;
      case "act":
        this.#act(seen);
        return;
      case "told": {
        const attempt = this.#attempt(seen.attempt);
        attempt.told = { what: seen.what, start: this.#campaign(seen.campaign).start };
        return;
      }
      case "start": {
        const c = this.#campaign(seen.campaign);
        c.start++;
        Object.assign(c, { stops: new Set(), nextAsked: false, sawSetup: false, expected: null, summarySince: null });
        return;
      }
      case "killed":
      case "broke":
        this.#campaign(seen.campaign).start++;
        return;
      case "sent": {
        const c = this.#campaign(seen.campaign);
        if (seen.type.startsWith("stop")) c.stops.add(seen.by);
        if (seen.type === "next") c.nextAsked = true;
        return;
      }
      case "deed":
        for (const id of seen.jobs) this.#deed(seen.deed, this.#job(id));
        return;
      case "clock":
        this.#wasClockSet = true;
    }
  }

  unconfirmed(campaign: string): number {
    return this.#campaign(campaign).jobs.filter((j) => j.state === "unconfirmed").length;
  }

  /** When a look is worth its while, as the events say. */
  lookAgainAt(campaign: string): number {
    return Math.max(
      0,
      ...this.#campaign(campaign).jobs.map((j) => (j.state === "unconfirmed" ? (j.last?.lookAt ?? 0) : 0)),
    );
  }

  /** What the ledger says of every job in the end. */
  last(campaign: string, jobs: readonly { id: string; state: string }[], wall: number): void {
    const c = this.#campaign(campaign);
    must(jobs.length === c.jobs.length, () => `${campaign}: ${c.jobs.length} jobs went in, ${jobs.length} are there`);
    for (const { id, state } of jobs) {
      const job = this.#job(id);
      const isWoken = job.state === "deferred" && job.until <= wall && state === "pending";
      must(shown(job) === state || isWoken, () => `job ${id}: the ledger says ${state}, its events ${shown(job)}`);
      const isOut = this.#posts.some((p) => p.job === job);
      if (state === "success") must(isOut, () => `job ${id} counts as posted and never was`);
      if (isOut && this.#truth === "truthful")
        must(["success", "unconfirmed"].includes(state), () => `job ${id} is out and counts as ${state}`);
    }
    must(!c.isOpen, () => `${campaign}: the run has not ended`);
    for (const a of this.#attempts.values()) must(a.phase !== "running", () => `attempt ${a.id} has no end`);
  }

  // --- what processes do ---

  #act({ what, attempt, account, device }: Extract<Seen, { t: "act" }>): void {
    if (what === "ends") {
      this.#acts.delete(attempt);
      return;
    }
    for (const [other, act] of this.#acts) {
      must(act.account !== account, () => `account ${account} has two attempts at work: ${other} and ${attempt}`);
      must(device === null || act.device !== device, () => `phone ${device} has two attempts: ${other} and ${attempt}`);
    }
    this.#acts.set(attempt, { account, device });
    this.#attempt(attempt).began = true;
  }

  #post({ job: id, account, media, attempt: attemptId }: Extract<Seen, { t: "post" }>): void {
    const job = this.#job(id);
    const attempt = this.#attempt(attemptId);
    must(attempt.post !== null, () => `${attemptId} tapped and no intent stands`);
    must(
      attempt.phase === "running" || attempt.phase === "unconfirmed",
      () => `${attemptId} tapped after it was written down as ${attempt.phase}`,
    );
    const before = this.#posts.filter((p) => p.attempt.account === account);
    const isTold = (other: Job) => this.#truth !== "truthful" && this.#saidAbsent.has(other.id);
    for (const p of before) {
      if (isTold(p.job)) continue;
      must(p.job !== job, () => `POSTED TWICE: job ${id} by ${p.attempt.id} and ${attemptId}`);
      const isTwin = p.job.media === media && !job.mayRepeat;
      must(!isTwin, () => `POSTED TWICE: ${media} of ${account} as ${p.job.id} and ${id}`);
    }
    this.#posts.push({ job, attempt, wall: this.#wall, at: this.#now });
    const { daily } = this.#account(account);
    const sameDay = this.#posts.filter(
      (p) => p.attempt.account === account && p.attempt.intent?.day === attempt.intent?.day,
    );
    const counted = sameDay.filter((p) => !isTold(p.job)).length;
    must(
      daily === 0 || counted <= daily,
      () => `${account} has ${counted} posts on ${attempt.intent?.day}, may ${daily}`,
    );
  }

  // --- what the run loop does, as its calls show ---

  called(campaign: string, { method, when, ...about }: Called, wall: number): void {
    this.#wall = wall;
    const c = this.#campaign(campaign);
    if (when === "before") {
      if (["claims.claim", "claims.peek", "runs.requeue", "runs.wake"].includes(method)) this.#wakeDue(c);
      if (method === "claims.spoke") this.#heard(about.args);
      return;
    }
    const [ref] = about.args as [{ attempt?: string } | undefined];
    switch (method) {
      case "runs.requeue":
        for (const job of c.jobs) this.#requeue(c, job);
        return;
      case "runs.setDelay": {
        const until = Number(about.args[0]);
        const isKept = !c.isResumed || c.waitingUntil === null || until === c.waitingUntil;
        must(isKept, () => `${c.name}: waits until ${until} after a start, was to wait until ${c.waitingUntil}`);
        c.waitingUntil = until;
        return;
      }
      case "runs.facts":
        c.expected = this.#expect(c);
        c.summarySince = null;
        return;
      case "looks.missed": {
        const attempt = this.#attempt(text(about.args[0]));
        if (attempt.lookAt !== null && attempt.lookAt <= this.#wall) attempt.lookAt = null;
        return;
      }
      case "claims.claim": {
        const { next, claim } = about.value as { next: string; claim?: { attempt: string; opaque: boolean } };
        if (next === "claimed" && claim?.opaque === true) this.#intend(this.#attempt(claim.attempt));
        return;
      }
      case "claims.recordMedia": {
        const attempt = this.#attempt(text(ref?.attempt));
        const { go } = about.value as { go: boolean };
        if (!c.isSilent || attempt.spoke || attempt.phase !== "running" || attempt.asked) return;
        if (go) this.#intend(attempt);
        else attempt.post = null;
      }
    }
  }

  /** Its poster's first word withdraws the intent that stood for a silent one. */
  #heard(args: readonly unknown[]): void {
    const [ref] = args as [{ attempt: string }];
    const attempt = this.#attempt(ref.attempt);
    attempt.spoke = true;
    if (attempt.phase === "running" && !attempt.asked) attempt.post = null;
  }

  #wakeDue(c: Campaign): void {
    for (const job of c.jobs)
      if ((job.state === "deferred" || job.state === "waiting") && job.until <= this.#wall) this.#putBack(job);
  }

  /** Pending, or behind its account. */
  #putBack(job: Job): void {
    const { isHeld } = this.#account(job.account);
    job.state = isHeld ? "held" : "pending";
    job.by = isHeld ? "account" : null;
    job.category = null;
  }

  #requeue(c: Campaign, job: Job): void {
    if (job.state === "parked" || (job.state === "failed" && mayBeTriedAgain(c, job))) this.#putBack(job);
  }

  #expect(c: Campaign): Campaign["expected"] {
    const s: Standing = { mayBeTried: 0, settling: 0, spent: 0, unconfirmed: 0, hopeless: 0, notDue: 0, held: 0 };
    for (const job of c.jobs) {
      const where = this.#whereIs(c, job);
      if (where !== null) s[where]++;
      if (c.verifies && job.state === "unconfirmed" && job.last?.lookAt != null) s.settling++;
    }
    return { pass: resultAfterPass(s, c.pass, c.most), rest: resultAtRest(s, c.pass) };
  }

  #whereIs(c: Campaign, job: Job): Exclude<keyof Standing, "settling"> | null {
    switch (job.state) {
      case "success":
      case "skipped":
        return null;
      case "unconfirmed":
        return "unconfirmed";
      case "held":
        return job.by === "account" ? "hopeless" : "held";
      case "deferred":
        return job.until <= this.#wall ? "mayBeTried" : "notDue";
      case "failed":
        if (this.#account(job.account).isHeld) return "hopeless";
        if (mayBeTriedAgain(c, job)) return "mayBeTried";
        if (job.category === "infrastructure") return "spent";
        return job.category === "unknown" && c.retry.unknown > 0 ? "spent" : "hopeless";
      default:
        return "mayBeTried";
    }
  }

  // --- events ---

  #event(line: Line): void {
    const { type } = line;
    if (type.startsWith("attempt.")) this.#attemptEvent(line);
    else if (type.startsWith("job.")) this.#jobEvent(line);
    else if (type.startsWith("pass.")) this.#passEvent(this.#ofRun(line), line);
    else if (type === "run.started" || type === "run.resumed") this.#begun(line);
    else if (type === "run.finished") this.#finished(line);
    else if (type === "account.held") this.#accountHeld(line);
    else if (type === "account.released") this.#accountReleased(line);
    else if (type === "warning" && line.code === "too_late") this.#tooLate(line);
  }

  #passEvent(c: Campaign, line: Line): void {
    if (line.type === "pass.started") this.#passStarted(c, line);
    else if (line.type === "pass.summary") this.#passSummary(c, line);
    else if (line.type === "pass.waiting") this.#passWaiting(c, line);
  }

  #begun(line: Line): void {
    const c = this.#campaign(text(line.campaign));
    must(line.total === c.jobs.length, () => `${c.name}: ${line.total} of ${c.jobs.length} jobs at the start`);
    if (line.type === "run.resumed") {
      must(c.isOpen && c.run === line.run, () => `${c.name}: resumed ${line.run}, open was ${c.run}`);
      must(line.pass === c.pass, () => `${c.name}: resumed in pass ${line.pass}, was in ${c.pass}`);
      c.isResumed = true;
    } else {
      must(!c.isOpen, () => `${c.name}: a new run ${line.run} while ${c.run} is open`);
      Object.assign(c, { run: line.run, isOpen: true, attempts: 0, pass: 0, isPassOpen: false, summaries: [] });
      c.waitingUntil = null;
      c.isResumed = false;
      for (const job of c.jobs) this.#takeUp(job);
    }
    for (const job of c.jobs) {
      const isLimited = job.state === "deferred" && job.why !== "rate_limited";
      const isDue = (job.state === "deferred" || job.state === "waiting") && job.until <= this.#wall;
      if (job.state === "parked" || isLimited || isDue) this.#putBack(job);
    }
  }

  #takeUp(job: Job): void {
    job.spent = { infrastructure: 0, unknown: 0 };
    const isTaken = job.category === "infrastructure" || job.category === "unknown";
    if (job.state === "failed" && isTaken && !this.#account(job.account).isHeld) job.state = "pending";
  }

  #passStarted(c: Campaign, line: Line): void {
    const pass = Number(line.pass);
    const isNew = !c.isPassOpen;
    must(
      pass === (isNew ? c.pass + 1 : c.pass),
      () => `${c.name}: pass ${pass} after ${c.pass} (open: ${c.isPassOpen})`,
    );
    must(line.max_passes === c.most, () => `${c.name}: ${line.max_passes} passes, told ${c.most}`);
    must(!isNew || pass <= c.most, () => `${c.name}: pass ${pass} of ${c.most}`);
    const open = c.jobs.filter((j) => ["pending", "parked", "waiting"].includes(j.state)).length;
    must(line.total_jobs === open, () => `${c.name}: pass ${pass} says ${line.total_jobs} jobs, ${open} are open`);
    if (!isNew) return;
    must(open > 0, () => `${c.name}: pass ${pass} starts empty`);
    const early = c.waitingUntil !== null && this.#wall < c.waitingUntil;
    must(!early || c.nextAsked || this.#wasClockSet, () => `${c.name}: pass ${pass} starts before its delay is over`);
    Object.assign(c, { pass, isPassOpen: true, passAttempts: [], waitingUntil: null, nextAsked: false });
  }

  #passSummary(c: Campaign, line: Line): void {
    must(line.pass === c.pass && c.isPassOpen, () => `${c.name}: summary of pass ${line.pass} in ${c.pass}`);
    this.#checkStats(c, line);
    if (line.result === "halted") {
      this.#checkHalted(c);
      return;
    }
    must(
      line.result === c.expected?.pass,
      () => `${c.name}: pass ${c.pass} is ${line.result}, must be ${c.expected?.pass}`,
    );
    if (this.#isCalm && !this.#wasClockSet)
      must(c.passAttempts.length > 0, () => `${c.name}: nothing was tried in pass ${c.pass}`);
    c.isPassOpen = false;
    c.summarySince = text(line.result);
    c.summaries.push(line);
  }

  #checkStats(c: Campaign, line: Line): void {
    const last = new Map<Job, string>();
    for (const a of c.passAttempts) if (a.phase !== "running" && a.phase !== "cancelled") last.set(a.job, outcomeOf(a));
    const counts: Record<string, number> = { jobs_processed: last.size };
    for (const outcome of last.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
    for (const key of STATS)
      must(
        line[key] === (counts[key] ?? 0),
        () => `${c.name}: pass ${c.pass} says ${key} ${line[key]}, is ${counts[key] ?? 0}`,
      );
  }

  #checkHalted(c: Campaign): void {
    must(c.sawSetup || c.hasHaltRule, () => `${c.name}: halted without a reason`);
  }

  #passWaiting(c: Campaign, line: Line): void {
    const until = at(line.until);
    if (line.reason === "delay" && !c.hasJitter && !c.isResumed) {
      const grown = c.delayMs * c.backoff ** (c.pass - 1);
      const delay = c.delayMaxMs === null ? grown : Math.min(grown, c.delayMaxMs);
      must(
        line.delay_ms === delay,
        () => `${c.name}: waits ${line.delay_ms} ms after pass ${c.pass}, must be ${delay}`,
      );
    }
    c.waitingUntil = until;
    c.isResumed = false;
  }

  #finished(line: Line): void {
    const c = this.#campaign(text(line.campaign));
    const result = text(line.final_result);
    if (result === "interrupted") must(c.stops.size > 0, () => `${c.name}: interrupted and nobody asked`);
    else if (result === "halted") this.#checkHalted(c);
    else {
      // started again after its last pass: only the end was missing
      const isAfterAll = c.summarySince === null && c.pass >= c.most && result === c.expected?.pass;
      const fits = c.summarySince ?? c.expected?.rest;
      must(isAfterAll || result === fits, () => `${c.name}: ends as ${result}, must be ${fits}`);
    }
    this.#checkCounts(c, line);
    const codes = [...c.stops, null].map((by) => exitCode(result, Number(line.unconfirmed), by));
    if (c.stops.size > 0) codes.pop();
    must(
      codes.includes(Number(line.exit_code)),
      () => `${c.name}: exit code ${line.exit_code} for ${result}, not ${codes}`,
    );
    must(line.pass_count === c.pass, () => `${c.name}: ${line.pass_count} passes, were ${c.pass}`);
    must(line.attempts === c.attempts, () => `${c.name}: ${line.attempts} attempts, were ${c.attempts}`);
    this.#checkHistory(c, line);
    c.isOpen = result === "interrupted" || result === "halted";
  }

  #checkCounts(c: Campaign, line: Line): void {
    const counts: Record<string, number> = { total: c.jobs.length };
    for (const job of c.jobs) {
      const state = shown(job);
      counts[state] = (counts[state] ?? 0) + 1;
      if (state === "failed") counts[`failed_${job.category}`] = (counts[`failed_${job.category}`] ?? 0) + 1;
    }
    for (const key of COUNTS)
      must(line[key] === (counts[key] ?? 0), () => `${c.name}: says ${key} ${line[key]}, is ${counts[key] ?? 0}`);
  }

  #checkHistory(c: Campaign, line: Line): void {
    const history = line.pass_history as Record<string, unknown>[];
    must(history.length === c.pass, () => `${c.name}: ${history.length} passes in the history, were ${c.pass}`);
    for (const [i, told] of c.summaries.entries()) {
      const kept = history[i] ?? {};
      for (const key of [...STATS, "result"])
        must(
          kept[key] === told[key],
          () => `${c.name}: pass ${i + 1} was told ${key} ${told[key]}, kept is ${kept[key]}`,
        );
    }
  }

  // --- attempts ---

  #attemptEvent(line: Line): void {
    if (line.type === "attempt.started") this.#attemptStarted(line);
    else this.#attemptMoved(line);
  }

  #attemptMoved(line: Line): void {
    const attempt = this.#attempt(text(line.attempt));
    must(attempt.job.id === line.job, () => `${attempt.id} is of ${attempt.job.id}, not ${line.job}`);
    const isLate = line.outcome === "late";
    must(
      isLate !== (attempt.phase === "running"),
      () => `${attempt.id} is ${attempt.phase}: ${line.type} ${line.outcome}`,
    );
    if (line.type === "attempt.publishing") {
      must(!attempt.asked, () => `${attempt.id} got two goes`);
      attempt.asked = true;
      this.#intend(attempt);
    } else if (line.type === "attempt.finished") this.#attemptFinished(attempt, line);
  }

  #attemptStarted(line: Line): void {
    const c = this.#ofRun(line);
    const job = this.#job(text(line.job));
    const account = this.#account(job.account);
    c.attempts++;
    this.stats.attempts++;
    const id = text(line.attempt);
    must(id === `${c.run}.${c.attempts}`, () => `${c.name}: attempt ${id} is number ${c.attempts}`);
    must(
      job.campaign === c.name && line.account === job.account,
      () => `${id}: job ${job.id} is not of ${line.account}`,
    );
    must(job.state === "pending", () => `${id}: job ${job.id} is ${job.state} and is tried`);
    must(!account.isHeld, () => `${id}: account ${account.name} is held`);
    must(account.running === null, () => `${id}: ${account.name} has ${account.running?.id} already`);
    must(line.pass === c.pass && c.isPassOpen, () => `${id}: pass ${line.pass} in ${c.pass}`);
    must(
      isIn(account.window, minuteOn(this.#wall, account.zone)),
      () => `${id}: outside the window of ${account.name}`,
    );
    const attempt: Attempt = {
      id,
      job,
      account: job.account,
      device: line.device === null ? null : text(line.device),
      pass: c.pass,
      phase: "running",
      category: null,
      post: null,
      asked: false,
      spoke: false,
      intent: null,
      lookAt: null,
      began: false,
      proven: false,
      told: null,
    };
    for (const a of this.#accounts.values())
      must(
        attempt.device === null || a.running?.device !== attempt.device,
        () => `${id}: phone ${attempt.device} has ${a.running?.id}`,
      );
    this.#attempts.set(id, attempt);
    account.running = attempt;
    account.attempts.push(attempt);
    c.passAttempts.push(attempt);
    Object.assign(job, { state: "running", category: null, last: attempt });
  }

  #dayNow({ account: name }: Attempt): NonNullable<Attempt["intent"]> {
    const account = this.#account(name);
    const today = dayOn(this.#wall, account.zone);
    if (today > account.newestDay) account.newestDay = today;
    return { day: account.newestDay, wall: this.#wall, at: this.#now };
  }

  /** An intent stands from now on: limits are looked at here. */
  #intend(attempt: Attempt): void {
    const account = this.#account(attempt.account);
    const today = dayOn(this.#wall, account.zone);
    const day = today > account.newestDay ? today : account.newestDay;
    account.newestDay = day;
    const others = account.attempts.filter((a) => a !== attempt && a.post !== null);
    const sameDay = others.filter((a) => a.intent?.day === day).length;
    must(
      account.daily === 0 || sameDay < account.daily,
      () => `${attempt.id}: ${account.name} has ${sameDay} posts on ${day} and gets another intent`,
    );
    const { gapMs } = this.#campaign(attempt.job.campaign);
    for (const a of others) {
      const tap = a.proven ? this.#posts.find((p) => p.attempt === a) : undefined;
      const then = tap ?? a.intent;
      if (then === null || gapMs === 0) continue;
      const isSoon = this.#wall - then.wall < gapMs && this.#now - then.at < gapMs;
      must(!isSoon, () => `${attempt.id}: ${this.#now - then.at} ms after ${a.id}, must be ${gapMs}`);
    }
    attempt.intent = { day, wall: this.#wall, at: this.#now };
    attempt.post = "open";
  }

  #attemptFinished(attempt: Attempt, line: Line): void {
    const { job } = attempt;
    const outcome = text(line.outcome);
    if (outcome === "late") {
      this.#late(attempt, line);
      return;
    }
    const failure = line.failure as { category: string; cause: string } | null;
    this.#checkEnd(attempt, outcome);
    attempt.phase = outcome as Attempt["phase"];
    attempt.category = failure?.category ?? null;
    this.#account(attempt.account).running = null;
    switch (outcome) {
      case "posted":
        attempt.post = "posted";
        attempt.proven = true;
        Object.assign(job, { state: "success", category: null });
        break;
      case "unconfirmed":
        this.stats.unconfirmed++;
        attempt.post = "unconfirmed";
        attempt.intent ??= this.#dayNow(attempt);
        Object.assign(job, { state: "unconfirmed", category: failure?.category ?? null });
        break;
      case "cancelled":
        attempt.post = null;
        this.#putBack(job);
        break;
      case "failed":
        attempt.post = null;
        this.#failed(attempt, failure ?? { category: "?", cause: "?" });
    }
    this.#freeTwins(attempt.account);
  }

  /** Unconfirmed only where nobody could know; and never failed where it may be out. */
  #checkEnd(attempt: Attempt, outcome: string): void {
    const { told, post, id } = attempt;
    const c = this.#campaign(attempt.job.campaign);
    const isHeard = told !== null && (told.start === c.start || this.#isInOutbox(id));
    const what = isHeard ? told.what : attempt.began ? "nothing" : "not_tapped";
    if (outcome === "unconfirmed") {
      // one that asked, and whose evidence leaves a doubt, may be looked for though no intent was committed
      must(post !== null || what === "not_tapped", () => `${id} is unconfirmed and had no intent`);
      // who asked and got no answer in time did not tap, yet its intent stands: to be looked for
      must(what === "nothing" || what === "not_tapped", () => `${id} is unconfirmed though its worker told: ${what}`);
    } else if (outcome === "posted") must(what === "posted", () => `${id} is posted and nobody said so: ${what}`);
    else if (post !== null)
      must(
        ["refused", "no_go", "never_ran", "not_tapped"].includes(what),
        () => `${id} is ${outcome} though it may be out: ${what}`,
      );
  }

  #failed(attempt: Attempt, { category, cause }: { category: string; cause: string }): void {
    const { job } = attempt;
    const c = this.#campaign(job.campaign);
    if (cause === "rate_limited") {
      // when it comes back is said by the event that follows, or it waits in this pass
      Object.assign(job, { state: "waiting", category: null, until: 0 });
      return;
    }
    if (category === "setup") {
      c.sawSetup = true;
      Object.assign(job, { state: "parked", category: null });
      if (this.#account(job.account).isHeld) this.#putBack(job);
      return;
    }
    Object.assign(job, { state: "failed", category });
    if (category === "infrastructure" || category === "unknown") job.spent[category]++;
  }

  #late(attempt: Attempt, line: Line): void {
    if (line.reason !== "posted") return;
    const { job } = attempt;
    attempt.post = "posted";
    if (attempt.phase === "unconfirmed") attempt.phase = "posted";
    if (job.state !== "running") Object.assign(job, { state: "success", category: null });
    this.#freeTwins(attempt.account);
  }

  // --- jobs and accounts ---

  #jobEvent(line: Line): void {
    const job = this.#job(text(line.job));
    switch (line.type) {
      case "job.skipped":
        must(this.#twinOf(job) === "posted", () => `job ${job.id} is skipped and repeats nothing`);
        Object.assign(job, { state: "skipped", category: null });
        break;
      case "job.held":
        if (line.by === "account")
          must(this.#account(job.account).isHeld, () => `job ${job.id} is held with ${job.account}, which is not`);
        Object.assign(job, { state: "held", by: text(line.by), category: null });
        break;
      case "job.deferred":
        Object.assign(job, { state: "deferred", until: at(line.until), why: text(line.reason), category: null });
        break;
      case "job.verified":
        this.#verified(job, line);
    }
  }

  #verified(job: Job, line: Line): void {
    const attempt = job.last;
    must(job.state === "unconfirmed" && attempt !== null, () => `job ${job.id} is ${job.state} and is looked for`);
    switch (line.result) {
      case "posted":
        attempt.phase = "posted";
        attempt.post = "posted";
        Object.assign(job, { state: "success", category: null });
        break;
      case "not_posted":
        this.#saidAbsent.add(job.id);
        Object.assign(attempt, { phase: "failed", category: "infrastructure", post: null });
        if (line.by === "person") this.#putBack(job);
        else {
          // a run that only looked has tried nothing
          if (attempt.id.startsWith(`${this.#campaign(job.campaign).run}.`)) job.spent.infrastructure++;
          Object.assign(job, { state: "failed", category: "infrastructure" });
        }
        break;
      default:
        attempt.lookAt = line.result === "settling" ? at(line.look_again_at) : null;
        return;
    }
    this.#freeTwins(job.account);
  }

  #accountHeld(line: Line): void {
    const account = this.#account(text(line.account));
    must(!account.isHeld, () => `${account.name} is held twice`);
    account.isHeld = true;
    const open = this.#jobsOf(account).filter((j) => ["pending", "parked", "waiting", "deferred"].includes(j.state));
    must(
      line.jobs_held === open.length,
      () => `${account.name} held with ${line.jobs_held} jobs, ${open.length} are open`,
    );
    for (const job of open) Object.assign(job, { state: "held", by: "account", category: null });
  }

  #accountReleased(line: Line): void {
    const account = this.#account(text(line.account));
    account.isHeld = false;
    const held = this.#jobsOf(account).filter((j) => j.state === "held" && j.by === "account");
    must(line.jobs_released === held.length, () => `${account.name} releases ${line.jobs_released} of ${held.length}`);
    for (const job of held) Object.assign(job, { state: "pending", by: null });
  }

  #tooLate(line: Line): void {
    const id = /^job (\S+):/.exec(text(line.message))?.[1] ?? "";
    Object.assign(this.#job(id), { state: "failed", category: "content" });
  }

  #deed(deed: string, job: Job): void {
    if (deed === "retry") job.spent = { infrastructure: 0, unknown: 0 };
    this.#putBack(job);
  }

  /** What stands against posting it. */
  #twinOf(job: Job): "posted" | "open" | null {
    let found: "open" | null = null;
    for (const a of this.#account(job.account).attempts) {
      if (a.post === null) continue;
      const isSame = a.job === job ? a.post === "posted" : a.job.media === job.media && !job.mayRepeat;
      if (!isSame) continue;
      if (a.post === "posted") return "posted";
      found = "open";
    }
    return found;
  }

  #freeTwins(name: string): void {
    for (const job of this.#jobsOf(this.#account(name)))
      if (job.state === "held" && job.by === "twin" && this.#twinOf(job) !== "open") this.#putBack(job);
  }

  // --- finding ---

  #jobsOf(account: Account): Job[] {
    return [...this.#jobs.values()].filter((j) => j.account === account.name);
  }
  #job(id: string): Job {
    return found(this.#jobs.get(id), `job ${id}`);
  }
  #account(name: string): Account {
    return found(this.#accounts.get(name), `account ${name}`);
  }
  #campaign(name: string): Campaign {
    return found(this.#campaigns.get(name), `campaign ${name}`);
  }
  #attempt(id: string): Attempt {
    return found(this.#attempts.get(id), `attempt ${id}`);
  }
  #ofRun(line: Line): Campaign {
    const c = [...this.#campaigns.values()].find((one) => one.run === line.run && one.isOpen);
    return found(c, `run ${line.run}`);
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Broken(`nobody knows ${what}`);
  return value;
}

const STATS = [
  "jobs_processed",
  "success_count",
  "failed_account",
  "failed_content",
  "failed_setup",
  "failed_infrastructure",
  "failed_unknown",
  "unconfirmed",
];
const COUNTS = [
  "total",
  "success",
  "failed",
  "failed_account",
  "failed_content",
  "failed_setup",
  "failed_infrastructure",
  "failed_unknown",
  "unconfirmed",
  "skipped",
  "held",
  "deferred",
  "pending",
  "claimed",
  "out_of_scope",
];

function outcomeOf(a: Attempt): string {
  if (a.phase === "posted") return "success_count";
  return a.phase === "unconfirmed" ? "unconfirmed" : `failed_${a.category}`;
}

/** The state a reader sees. */
function shown({ state }: Job): string {
  if (state === "running") return "claimed";
  return state === "parked" || state === "waiting" ? "pending" : state;
}

function mayBeTriedAgain(c: Campaign, job: Job): boolean {
  if (job.category === "infrastructure") return job.spent.infrastructure <= c.retry.infrastructure;
  return job.category === "unknown" && job.spent.unknown <= c.retry.unknown;
}

function isIn(window: Account["window"], minute: number): boolean {
  if (window === null || window.from === window.to) return true;
  const { from, to } = window;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

type SetupSettings = {
  passes: { maxPasses: number; delayMs: number; backoff: number; delayMaxMs: number | null; jitter: number };
  retry: { infrastructure: number; unknown: number };
  limits: { minGapMs: number };
  poster: { kind: string; verifyExec?: string | null; silentIs?: string };
  halt: object | null;
};
type SetupJob = { id: string; account: string; media: string; allowRepost: boolean };

function campaignOf({ name, jobs, settings }: OracleSetup["campaigns"][number]): Campaign {
  const { passes, retry, limits, poster, halt } = settings as SetupSettings;
  return {
    name,
    jobs: (jobs as readonly SetupJob[]).map((j) => jobOf(name, j)),
    most: passes.maxPasses,
    retry,
    verifies: poster.kind !== "command" || poster.verifyExec !== null,
    isSilent: poster.kind === "command" && poster.silentIs === "unconfirmed",
    delayMs: passes.delayMs,
    backoff: passes.backoff,
    delayMaxMs: passes.delayMaxMs,
    hasJitter: passes.jitter > 0,
    gapMs: limits.minGapMs,
    hasHaltRule: halt !== null,
    run: null,
    isOpen: false,
    attempts: 0,
    pass: 0,
    isPassOpen: false,
    passAttempts: [],
    summaries: [],
    waitingUntil: null,
    isResumed: false,
    start: 0,
    stops: new Set(),
    nextAsked: false,
    sawSetup: false,
    expected: null,
    summarySince: null,
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
