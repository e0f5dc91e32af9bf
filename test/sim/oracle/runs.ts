// Runs and passes: what begins and ends when, with which counts and which result.
import { at, type Book, type Line, mayBeTriedAgain, must, shown, text } from "./book.ts";
import type { Attempt, Campaign, Job } from "./model.ts";
import type { OutageWatch } from "./outages.ts";
import { exitCode, resultAfterPass, resultAtRest, type Standing } from "./rules.ts";

export class RunWatch {
  readonly #book: Book;
  readonly #outages: OutageWatch;

  constructor(book: Book, outages: OutageWatch) {
    this.#book = book;
    this.#outages = outages;
  }

  /** A process of this campaign begins. */
  start(c: Campaign, looksForOutages: boolean): void {
    c.start++;
    c.isWoken = false;
    if (!looksForOutages) c.patienceMs = null;
    Object.assign(c, { stops: new Set(), nextAsked: false, sawSetup: false, expected: null, summarySince: null });
    Object.assign(c, {
      rounds: 0,
      outage: { ends: [], openSince: null, isCertain: false, wasTooLong: false },
    });
  }

  // --- what the run loop does, as its calls show ---

  requeued(c: Campaign): void {
    for (const job of c.jobs)
      if (job.state === "parked" || (job.state === "failed" && mayBeTriedAgain(c, job))) this.#book.putBack(job);
  }

  delaySet(c: Campaign, { until, reason }: { until: number; reason: string }): void {
    const wasOver = c.waitingUntil === null || c.waitingUntil <= this.#book.wall || c.waitsFor === "until";
    const isKept = !c.isResumed || wasOver || until === c.waitingUntil;
    must(isKept, () => `${c.name}: waits until ${until} after a start, was to wait until ${c.waitingUntil}`);
    Object.assign(c, { waitingUntil: until, waitsFor: reason });
  }

  /** The facts are read: what has to follow from them. */
  factsRead(c: Campaign): void {
    c.expected = this.#expect(c);
    c.summarySince = null;
  }

  #expect(c: Campaign): Campaign["expected"] {
    const s: Standing = { mayBeTried: 0, settling: 0, spent: 0, unconfirmed: 0, hopeless: 0, notDue: 0, held: 0 };
    for (const job of c.jobs) {
      const where = this.#whereIs(c, job);
      if (where !== null) s[where]++;
      if (c.verifies && job.state === "unconfirmed" && job.last?.lookAt != null) s.settling++;
    }
    return { pass: resultAfterPass(s, Math.max(1, c.pass - c.base), c.most), rest: resultAtRest(s, c.pass) };
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
        return job.until <= this.#book.wall ? "mayBeTried" : "notDue";
      case "failed":
        if (this.#book.isHeld(job)) return "hopeless";
        if (mayBeTriedAgain(c, job)) return "mayBeTried";
        if (job.category === "infrastructure") return "spent";
        return job.category === "unknown" && c.retry.unknown > 0 ? "spent" : "hopeless";
      default:
        return job.account === null ? "notDue" : "mayBeTried";
    }
  }

  // --- runs ---

  /** Passes are counted anew when `--until` has woken something: never while one is to be tried again. */
  countedFrom(c: Campaign, pass: number): void {
    must(c.isKeptOpen && pass === c.pass, () => `${c.name}: counts its passes anew from ${pass}, is in ${c.pass}`);
    const isInRetry = c.summaries.at(-1)?.result === "retryable_remaining" && c.expected === null;
    must(!c.isPassOpen && !isInRetry, () => `${c.name}: counts its passes anew in a pass or its delay`);
    c.base = pass;
  }

  begun(line: Line): void {
    const c = this.#book.campaign(text(line.campaign));
    must(line.total === c.jobs.length, () => `${c.name}: ${line.total} of ${c.jobs.length} jobs at the start`);
    if (line.type === "run.resumed") {
      must(c.isOpen && c.run === line.run, () => `${c.name}: resumed ${line.run}, open was ${c.run}`);
      must(line.pass === c.pass, () => `${c.name}: resumed in pass ${line.pass}, was in ${c.pass}`);
      c.isResumed = true;
    } else {
      must(!c.isOpen, () => `${c.name}: a new run ${line.run} while ${c.run} is open`);
      Object.assign(c, {
        run: line.run,
        isOpen: true,
        attempts: 0,
        pass: 0,
        base: 0,
        isPassOpen: false,
        summaries: [],
      });
      c.waitingUntil = null;
      c.isResumed = false;
      for (const job of c.jobs) this.#takeUp(job);
    }
    for (const job of c.jobs) {
      const isLimited = job.state === "deferred" && job.why !== "rate_limited";
      const isDue = (job.state === "deferred" || job.state === "waiting") && job.until <= this.#book.wall;
      if (job.state === "parked" || isLimited || isDue) this.#book.putBack(job);
    }
  }

  #takeUp(job: Job): void {
    job.spent = { infrastructure: 0, unknown: 0 };
    const isTaken = job.category === "infrastructure" || job.category === "unknown";
    if (job.state === "failed" && isTaken && !this.#book.isHeld(job)) job.state = "pending";
  }

  finished(line: Line): void {
    const c = this.#book.campaign(text(line.campaign));
    const result = text(line.final_result);
    if (result === "interrupted") must(c.stops.size > 0, () => `${c.name}: interrupted and nobody asked`);
    else if (result === "halted") this.#checkHalted(c);
    else {
      // started again after its last pass: only the end was missing
      const isUsedUp = c.pass - c.base >= c.most || (c.isResumed && c.pass === c.base);
      const isAfterAll = c.summarySince === null && isUsedUp && result === c.expected?.pass;
      const fits = c.summarySince ?? c.expected?.rest;
      const isNobodys = result === "no_accounts" && c.pass === 0 && c.jobs.some((j) => j.account === null);
      must(isAfterAll || isNobodys || result === fits, () => `${c.name}: ends as ${result}, must be ${fits}`);
    }
    if (result !== "interrupted" && result !== "halted") this.#checkWaitedOut(c);
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

  /** A start that goes on ends nothing before the wait is over that it found. */
  #checkWaitedOut(c: Campaign): void {
    const { wall, wasClockSet, wasSteered } = this.#book;
    const isLeft = c.isResumed && c.waitingUntil !== null && c.waitsFor !== "until" && wall < c.waitingUntil;
    must(!isLeft || c.nextAsked || wasClockSet || wasSteered, () => `${c.name}: ends while it was to wait on`);
  }

  #checkHalted(c: Campaign): void {
    must(c.sawSetup || c.hasHaltRule || this.#outages.mayHalt(c), () => `${c.name}: halted without a reason`);
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

  // --- passes ---

  pass(c: Campaign, line: Line): void {
    if (line.type === "pass.started") this.#passStarted(c, line);
    else if (line.type === "pass.summary") this.#passSummary(c, line);
    else if (line.type === "pass.waiting") this.#passWaiting(c, line);
  }

  #passStarted(c: Campaign, line: Line): void {
    const pass = Number(line.pass);
    const isNew = !c.isPassOpen;
    must(
      pass === (isNew ? c.pass + 1 : c.pass),
      () => `${c.name}: pass ${pass} after ${c.pass} (open: ${c.isPassOpen})`,
    );
    must(line.max_passes === c.most, () => `${c.name}: ${line.max_passes} passes, told ${c.most}`);
    // after a restart it is not known any more which passes belong to earlier wake-ups
    must(!isNew || c.isKeptOpen || pass <= c.most, () => `${c.name}: pass ${pass} of ${c.most}`);
    const isOpen = (j: Job) => j.account !== null && ["pending", "parked", "waiting"].includes(j.state);
    const open = c.jobs.filter(isOpen).length;
    must(line.total_jobs === open, () => `${c.name}: pass ${pass} says ${line.total_jobs} jobs, ${open} are open`);
    c.rounds++;
    if (!isNew) return;
    must(open > 0, () => `${c.name}: pass ${pass} starts empty`);
    const early = c.waitingUntil !== null && this.#book.wall < c.waitingUntil;
    // what a limit held back may be due by a restart: nobody has to wait for that
    const isDueNow = c.isResumed && c.waitsFor === "until";
    must(!isNew || !c.isWoken || c.base === c.pass, () => `${c.name}: woken, and its passes are not counted anew`);
    c.isWoken = false;
    must(
      !early || isDueNow || c.nextAsked || this.#book.wasClockSet,
      () => `${c.name}: pass ${pass} starts before its delay is over`,
    );
    Object.assign(c, { pass, isPassOpen: true, rounds: 1, passAttempts: [], waitingUntil: null, nextAsked: false });
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
    if (this.#book.isCalm && !this.#book.wasClockSet && !this.#book.wasSteered)
      must(c.passAttempts.length > 0, () => `${c.name}: nothing was tried in pass ${c.pass}`);
    const isIdle = line.jobs_processed === 0 && line.result === "retryable_remaining";
    must(!isIdle || c.rounds > 1, () => `${c.name}: pass ${c.pass} is over, and nobody paid for a try in it`);
    c.isPassOpen = false;
    c.summarySince = text(line.result);
    c.summaries.push(line);
  }

  #checkStats(c: Campaign, line: Line): void {
    const last = new Map<Job, string>();
    for (const a of c.passAttempts) {
      const outcome = outcomeOf(a);
      if (outcome !== null) last.set(a.job, outcome);
    }
    const counts: Record<string, number> = { jobs_processed: last.size };
    for (const outcome of last.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
    for (const key of STATS)
      must(
        line[key] === (counts[key] ?? 0),
        () => `${c.name}: pass ${c.pass} says ${key} ${line[key]}, is ${counts[key] ?? 0}`,
      );
  }

  #passWaiting(c: Campaign, line: Line): void {
    if (line.reason === "delay" && !c.hasJitter && !c.isResumed) {
      const grown = c.delayMs * c.backoff ** (c.pass - 1);
      const delay = c.delayMaxMs === null ? grown : Math.min(grown, c.delayMaxMs);
      must(
        line.delay_ms === delay,
        () => `${c.name}: waits ${line.delay_ms} ms after pass ${c.pass}, must be ${delay}`,
      );
    }
    must(line.reason !== "until" || c.base === c.pass, () => `${c.name}: passes before a waking count after it`);
    Object.assign(c, { waitingUntil: at(line.until), waitsFor: text(line.reason), isResumed: false });
  }
}

function outcomeOf(a: Attempt): string | null {
  if (a.phase === "running" || a.phase === "cancelled" || (a.phase === "failed" && a.forgiven)) return null;
  if (a.phase === "posted") return "success_count";
  return a.phase === "unconfirmed" ? "unconfirmed" : `failed_${a.category}`;
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
