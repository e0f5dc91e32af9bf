// Jobs and accounts: what is skipped, held, deferred, looked for, dealt out, and what people do.
import { at, type Book, type Line, must, text } from "./book.ts";
import type { Attempt, Campaign, Job } from "./model.ts";

export class JobWatch {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  event(line: Line): void {
    const job = this.#book.job(text(line.job));
    switch (line.type) {
      case "job.skipped":
        must(this.#book.twinOf(job) === "posted", () => `job ${job.id} is skipped and repeats nothing`);
        Object.assign(job, { state: "skipped", category: null });
        break;
      case "job.held":
        if (line.by === "account")
          must(this.#book.isHeld(job), () => `job ${job.id} is held with ${job.account}, which is not`);
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
        if (line.by === "verify") this.#checkProof(job, attempt);
        this.#book.saidAbsent.add(job.id);
        Object.assign(attempt, { phase: "failed", category: "infrastructure", post: null });
        if (line.by === "person") this.#book.putBack(job);
        else {
          // a run that only looked has tried nothing
          if (attempt.id.startsWith(`${this.#book.campaign(job.campaign).run}.`)) job.spent.infrastructure++;
          Object.assign(job, { state: "failed", category: "infrastructure" });
        }
        break;
      default:
        attempt.lookAt = line.result === "settling" ? at(line.look_again_at) : null;
        return;
    }
    this.#book.freeTwins(attempt.account);
  }

  /** Absent twice, the second time when it had time enough to come out. */
  #checkProof(job: Job, { absences, intent }: Attempt): void {
    const { settleMs } = this.#book.campaign(job.campaign);
    const since = this.#book.now - (intent?.at ?? 0);
    must(absences >= 2, () => `job ${job.id} counts as not posted after ${absences} looks that saw nothing`);
    must(
      since >= settleMs,
      () => `job ${job.id} counts as not posted ${since} ms after its intent, must be ${settleMs}`,
    );
  }

  accountHeld(line: Line): void {
    const account = this.#book.account(text(line.account));
    const isByPerson = line.cause === "held_by_person";
    must(!account.isHeld || (account.isHeldByPerson && !isByPerson), () => `${account.name} is held twice`);
    Object.assign(account, { isHeld: true, isHeldByPerson: isByPerson });
    account.owesHold = null;
    const open = this.#book
      .jobsOf(account)
      .filter((j) => ["pending", "parked", "waiting", "deferred"].includes(j.state));
    must(
      line.jobs_held === open.length,
      () => `${account.name} held with ${line.jobs_held} jobs, ${open.length} are open`,
    );
    for (const job of open) Object.assign(job, { state: "held", by: "account", category: null });
  }

  accountReleased(line: Line): void {
    const account = this.#book.account(text(line.account));
    Object.assign(account, { isHeld: false, isHeldByPerson: false });
    const held = this.#book.jobsOf(account).filter((j) => j.state === "held" && j.by === "account");
    must(line.jobs_released === held.length, () => `${account.name} releases ${line.jobs_released} of ${held.length}`);
    for (const job of held) Object.assign(job, { state: "pending", by: null });
  }

  tooLate(line: Line): void {
    const id = /^job (\S+):/.exec(text(line.message))?.[1] ?? "";
    Object.assign(this.#book.job(id), { state: "failed", category: "content" });
  }

  deed(deed: string, job: Job): void {
    if (deed === "retry") job.spent = { infrastructure: 0, unknown: 0 };
    this.#book.putBack(job);
  }

  /** Jobs without account were dealt out: to nobody who is held or has no room today. */
  dealt(c: Campaign, takerOf: (job: string) => string | null): void {
    const book = this.#book;
    for (const job of c.jobs.filter((j) => j.account === null)) {
      const name = takerOf(job.id);
      if (name === null) continue;
      const account = book.account(name);
      must(!account.isHeld, () => `job ${job.id} is dealt to ${name}, which is held`);
      job.account = name;
      Object.assign(job, { state: "pending", category: null });
      if (account.daily === 0) continue;
      const day = book.dayNow(account);
      const made = account.attempts.filter((a) => a.post !== null && a.intent?.day === day).length;
      const waiting = book.jobsOf(account).filter((j) => ["pending", "parked", "waiting"].includes(j.state)).length;
      must(
        made + waiting <= account.daily,
        () => `job ${job.id} is dealt to ${name}: ${made} posts and ${waiting} jobs on ${day}, may ${account.daily}`,
      );
    }
  }
}
