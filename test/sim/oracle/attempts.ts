// Attempts, from claim to end: who is given what, when an intent may stand, and what an end may be written down as.
import { type Book, type Line, must, text } from "./book.ts";
import type { Account, Attempt, Campaign, Job } from "./model.ts";
import { minuteOn } from "./rules.ts";

export class AttemptWatch {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  event(line: Line): void {
    if (line.type === "attempt.started") {
      this.#started(line);
      return;
    }
    const attempt = this.#book.attempt(text(line.attempt));
    must(attempt.job.id === line.job, () => `${attempt.id} is of ${attempt.job.id}, not ${line.job}`);
    const isLate = line.outcome === "late";
    must(
      isLate !== (attempt.phase === "running"),
      () => `${attempt.id} is ${attempt.phase}: ${line.type} ${line.outcome}`,
    );
    if (line.type === "attempt.publishing") {
      must(!attempt.asked, () => `${attempt.id} got two goes`);
      attempt.asked = true;
      this.intend(attempt);
    } else if (line.type === "attempt.finished") this.#finished(attempt, line);
  }

  #started(line: Line): void {
    const book = this.#book;
    const c = book.ofRun(line);
    const job = book.job(text(line.job));
    const account = book.account(text(line.account));
    c.attempts++;
    book.stats.attempts++;
    const id = text(line.attempt);
    const device = line.device === null ? null : text(line.device);
    must(id === `${c.run}.${c.attempts}`, () => `${c.name}: attempt ${id} is number ${c.attempts}`);
    must(
      job.campaign === c.name && account.name === job.account,
      () => `${id}: job ${job.id} is not of ${line.account}`,
    );
    must(job.state === "pending", () => `${id}: job ${job.id} is ${job.state} and is tried`);
    must(!account.isHeld, () => `${id}: account ${account.name} is held`);
    must(account.running === null, () => `${id}: ${account.name} has ${account.running?.id} already`);
    must(line.pass === c.pass && c.isPassOpen, () => `${id}: pass ${line.pass} in ${c.pass}`);
    must(isIn(account.window, minuteOn(book.wall, account.zone)), () => `${id}: outside the window of ${account.name}`);
    this.#checkPhone(id, device, account);
    const attempt = newAttempt({ id, job, account: account.name, device }, c);
    book.attempts.set(id, attempt);
    for (const other of account.attempts) if (other.post !== null) this.#checkGap(attempt, other);
    account.running = attempt;
    account.attempts.push(attempt);
    c.passAttempts.push(attempt);
    Object.assign(job, { state: "running", category: null, last: attempt });
  }

  #checkPhone(id: string, device: string | null, account: Account): void {
    if (device === null) return;
    const own = account.device;
    must(own === null || own === device, () => `${id}: ${account.name} posts from ${own}, not from ${device}`);
    for (const a of this.#book.accounts.values())
      must(a.running?.device !== device, () => `${id}: phone ${device} has ${a.running?.id}`);
  }

  /** An intent stands from now on: limits are looked at here. */
  intend(attempt: Attempt): void {
    const book = this.#book;
    const account = book.account(attempt.account);
    const day = book.dayNow(account);
    const others = account.attempts.filter((a) => a !== attempt && a.post !== null);
    const sameDay = others.filter((a) => a.intent?.day === day).length;
    must(
      account.daily === 0 || sameDay < account.daily,
      () => `${attempt.id}: ${account.name} has ${sameDay} posts on ${day} and gets another intent`,
    );
    attempt.intent = { day, wall: book.wall, at: book.now };
    attempt.post = "open";
  }

  /** Looked at when a job is given out: a clock may be set after that. */
  #checkGap(attempt: Attempt, other: Attempt): void {
    const { posts, wall, now, wasClockSet } = this.#book;
    const { gapMs } = this.#book.campaign(attempt.job.campaign);
    // with a clock that is set between tap and report, only the intent's time is known
    const tap = other.proven && !wasClockSet ? posts.find((p) => p.attempt === other) : undefined;
    const then = tap ?? other.intent;
    if (then === null || gapMs === 0) return;
    const isSoon = wall - then.wall < gapMs && now - then.at < gapMs;
    must(!isSoon, () => `${attempt.id}: ${now - then.at} ms after ${other.id}, must be ${gapMs}`);
  }

  /** Its poster's first word withdraws the intent that stood for a silent one. */
  heard(attempt: Attempt): void {
    attempt.spoke = true;
    if (attempt.phase === "running" && !attempt.asked) attempt.post = null;
  }

  /** Its media was looked at: a silent poster's intent stands from then on, if it may go on. */
  mediaRead(c: Campaign, attempt: Attempt, isGo: boolean): void {
    if (!c.isSilent || attempt.spoke || attempt.phase !== "running" || attempt.asked) return;
    if (isGo) this.intend(attempt);
    else attempt.post = null;
  }

  #finished(attempt: Attempt, line: Line): void {
    const outcome = text(line.outcome);
    if (outcome === "late") {
      this.#late(attempt, line);
      return;
    }
    const failure = line.failure as { category: string; cause: string } | null;
    this.#checkEnd(attempt, outcome);
    attempt.phase = outcome as Attempt["phase"];
    attempt.category = failure?.category ?? null;
    const account = this.#book.account(attempt.account);
    account.running = null;
    this.#land(attempt, failure, account);
    this.#book.freeTwins(attempt.account);
  }

  #land(attempt: Attempt, failure: { category: string; cause: string } | null, account: Account): void {
    const book = this.#book;
    const { job } = attempt;
    switch (attempt.phase) {
      case "posted":
        attempt.post = "posted";
        attempt.proven = true;
        Object.assign(job, { state: "success", category: null });
        break;
      case "unconfirmed":
        book.stats.unconfirmed++;
        attempt.post = "unconfirmed";
        attempt.intent ??= { day: book.dayNow(account), wall: book.wall, at: book.now };
        Object.assign(job, { state: "unconfirmed", category: failure?.category ?? null });
        break;
      case "cancelled":
        attempt.post = null;
        book.putBack(job);
        break;
      default:
        attempt.post = null;
        this.#failed(attempt, failure ?? { category: "?", cause: "?" });
        if (failure?.category === "account" && (!account.isHeld || account.isHeldByPerson))
          account.owesHold = attempt.id;
    }
  }

  /** An account that can't post is held in the same step. */
  checkHold(attempt: Attempt): void {
    const { owesHold, name } = this.#book.account(attempt.account);
    must(owesHold === null, () => `${owesHold} failed for the account's sake, and ${name} is not held`);
  }

  /** Unconfirmed only where nobody could know; and never failed where it may be out. */
  #checkEnd(attempt: Attempt, outcome: string): void {
    const { told, post, id } = attempt;
    const c = this.#book.campaign(attempt.job.campaign);
    // who gave it out is gone: nobody hears its worker
    const isOwn = attempt.start === c.start;
    const isHeard = told !== null && ((isOwn && told.start === c.start) || this.#book.isInOutbox(id));
    const what = isHeard ? told.what : attempt.began ? "nothing" : "not_tapped";
    if (outcome === "unconfirmed") {
      // one that asked, and whose evidence leaves a doubt, may be looked for though no intent was committed
      must(post !== null || what === "not_tapped", () => `${id} is unconfirmed and had no intent`);
      // who asked and got no answer in time did not tap, yet its intent stands: to be looked for
      must(what === "nothing" || what === "not_tapped", () => `${id} is unconfirmed though its worker told: ${what}`);
    } else if (outcome === "posted") must(what === "posted", () => `${id} is posted and nobody said so: ${what}`);
    else if (post !== null && (attempt.ran || !isOwn))
      must(
        ["refused", "no_go", "never_ran", "not_tapped"].includes(what),
        () => `${id} is ${outcome} though it may be out: ${what}`,
      );
  }

  #failed(attempt: Attempt, { category, cause }: { category: string; cause: string }): void {
    const book = this.#book;
    const { job } = attempt;
    const c = book.campaign(job.campaign);
    if (cause === "rate_limited") {
      attempt.isSlowedDown = true;
      // when it comes back is said by the event that follows, or it waits in this pass
      Object.assign(job, { state: "waiting", category: null, until: 0 });
      return;
    }
    if (category === "setup") {
      c.sawSetup = true;
      Object.assign(job, { state: "parked", category: null });
      if (book.isHeld(job)) book.putBack(job);
      return;
    }
    if (attempt.forgiven) {
      book.putBack(job);
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
    this.#book.freeTwins(attempt.account);
  }
}

type About = { id: string; job: Job; account: string; device: string | null };

const newAttempt = (about: About, c: Campaign): Attempt => ({
  ...about,
  pass: c.pass,
  phase: "running",
  category: null,
  post: null,
  asked: false,
  spoke: false,
  intent: null,
  lookAt: null,
  absences: 0,
  began: false,
  ran: false,
  proven: false,
  start: c.start,
  isSlowedDown: false,
  forgiven: false,
  told: null,
});

function isIn(window: Account["window"], minute: number): boolean {
  if (window === null || window.from === window.to) return true;
  const { from, to } = window;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}
