// The oracle: follows the world's own log of posts and processes and the product's events, and says what is not right.
import { AttemptWatch } from "./attempts.ts";
import { Book, type Line, must, shown, text } from "./book.ts";
import { JobWatch } from "./jobs.ts";
import type { Campaign } from "./model.ts";
import { OutageWatch, type Settled } from "./outages.ts";
import { RunWatch } from "./runs.ts";
import type { OracleSetup } from "./setup.ts";
import { type ActSeen, type PostSeen, WorldWatch } from "./world.ts";

export type Seen =
  | { t: "event"; line: object }
  | ({ t: "post"; shownInMs: number } & PostSeen)
  | ({ t: "act"; job: string } & ActSeen)
  | { t: "told"; attempt: string; campaign: string; what: string }
  | { t: "looked"; attempt: string; shown: string }
  | { t: "start"; campaign: string; looksForOutages: boolean }
  | { t: "killed"; campaign: string }
  | { t: "broke"; campaign: string; error: string }
  | { t: "sent"; campaign: string; type: string; by: "signal" | "command" }
  | { t: "deed"; campaign: string; deed: string; jobs: string[] }
  | { t: "person" }
  | { t: "clock"; byMs: number };

type Called = { method: string; when: "before" | "after"; args: readonly unknown[]; value?: unknown };

export class Oracle {
  readonly #book: Book;
  readonly #world: WorldWatch;
  readonly #attempts: AttemptWatch;
  readonly #jobs: JobWatch;
  readonly #outages: OutageWatch;
  readonly #runs: RunWatch;

  constructor(setup: OracleSetup) {
    this.#book = new Book(setup);
    this.#world = new WorldWatch(this.#book);
    this.#attempts = new AttemptWatch(this.#book);
    this.#jobs = new JobWatch(this.#book);
    this.#outages = new OutageWatch(this.#book);
    this.#runs = new RunWatch(this.#book, this.#outages);
  }

  get stats(): Book["stats"] {
    return this.#book.stats;
  }

  /** Throws what is not right. `wall`: what the clock shows; `now`: true time. */
  see(seen: Seen, wall: number, now: number): void {
    const book = this.#book;
    Object.assign(book, { wall, now });
    switch (seen.t) {
      case "event":
        this.#event(seen.line as Line);
        return;
      case "post":
        this.#world.post(seen);
        return;
      case "act":
        this.#world.act(seen);
        return;
      case "told":
        book.attempt(seen.attempt).told = { what: seen.what, start: book.campaign(seen.campaign).start };
        return;
      case "looked":
        if (seen.shown === "absent") book.attempt(seen.attempt).absences++;
        return;
      case "start":
        this.#runs.start(book.campaign(seen.campaign), seen.looksForOutages);
        return;
      case "killed":
      case "broke":
        book.campaign(seen.campaign).start++;
        return;
      case "sent": {
        const c = book.campaign(seen.campaign);
        if (seen.type.startsWith("stop")) c.stops.add(seen.by);
        if (seen.type === "next") c.nextAsked = true;
        return;
      }
      case "deed":
        for (const id of seen.jobs) this.#jobs.deed(seen.deed, book.job(id));
        return;
      case "person":
        book.wasSteered = true;
        return;
      case "clock":
        book.wasClockSet = true;
        this.#outages.settingClock();
    }
  }

  #event(line: Line): void {
    const { type } = line;
    if (type.startsWith("attempt.")) this.#attempts.event(line);
    else if (type.startsWith("job.")) this.#jobs.event(line);
    else if (type.startsWith("pass.")) this.#runs.pass(this.#book.ofRun(line), line);
    else if (type === "run.started" || type === "run.resumed") this.#runs.begun(line);
    else if (type === "run.finished") this.#runs.finished(line);
    else if (type === "account.held") this.#jobs.accountHeld(line);
    else if (type === "account.released") this.#jobs.accountReleased(line);
    else if (type === "outage.closed") this.#outages.closed(this.#book.ofRun(line));
    else if (type === "warning" && line.code === "too_late") this.#jobs.tooLate(line);
  }

  /** The run loop calls its ledger. `takerOf`: whose a job is by now. */
  called(
    campaign: string,
    { method, when, ...about }: Called,
    wall: number,
    takerOf: (job: string) => string | null,
  ): void {
    this.#book.wall = wall;
    const c = this.#book.campaign(campaign);
    if (when === "before") this.#calling(c, method, about.args);
    else this.#didCall(c, { method, ...about }, takerOf);
  }

  #calling(c: Campaign, method: string, args: readonly unknown[]): void {
    const [ref, settlement] = args as [{ attempt: string }, Settled];
    switch (method) {
      case "claims.claim":
      case "claims.peek":
      case "claims.demand":
      case "runs.requeue":
      case "runs.wake":
        this.#book.wakeDue(c);
        return;
      case "claims.spoke":
        this.#attempts.heard(this.#book.attempt(ref.attempt));
        return;
      case "claims.settle":
        this.#outages.settling(c, this.#book.attempt(ref.attempt), settlement);
        return;
      case "runs.uncharge":
        this.#outages.givenBack(c, args[0] as readonly string[]);
    }
  }

  #didCall(c: Campaign, { method, args, value }: Omit<Called, "when">, takerOf: (job: string) => string | null): void {
    const [ref] = args as [{ attempt: string }];
    switch (method) {
      case "runs.requeue":
        this.#runs.requeued(c);
        return;
      case "claims.settle":
        this.#attempts.checkHold(this.#book.attempt(ref.attempt));
        return;
      case "runs.setDelay":
        this.#runs.delaySet(c, args[0] as { until: number; reason: string });
        return;
      case "runs.facts":
        this.#runs.factsRead(c);
        return;
      case "runs.wake":
        c.isWoken = (value as { woken: number }).woken > 0;
        return;
      case "runs.countFrom":
        this.#runs.countedFrom(c, Number(args[0]));
        return;
      case "runs.deal":
        this.#jobs.dealt(c, takerOf);
        return;
      case "looks.missed": {
        const attempt = this.#book.attempt(text(args[0]));
        if (attempt.lookAt !== null && attempt.lookAt <= this.#book.wall) attempt.lookAt = null;
        return;
      }
      case "claims.claim": {
        const { next, claim } = value as { next: string; claim?: { attempt: string; opaque: boolean } };
        if (next === "claimed" && claim?.opaque === true) this.#attempts.intend(this.#book.attempt(claim.attempt));
        return;
      }
      case "claims.recordMedia":
        this.#attempts.mediaRead(c, this.#book.attempt(ref.attempt), (value as { go: boolean }).go);
    }
  }

  unconfirmed(campaign: string): number {
    return this.#book.campaign(campaign).jobs.filter((j) => j.state === "unconfirmed").length;
  }

  /** When a look is worth its while, as the events say. */
  lookAgainAt(campaign: string): number {
    const times = this.#book
      .campaign(campaign)
      .jobs.map((j) => (j.state === "unconfirmed" ? (j.last?.lookAt ?? 0) : 0));
    return Math.max(0, ...times);
  }

  /** What the ledger says of every job in the end. */
  last(campaign: string, jobs: readonly { id: string; state: string }[], wall: number): void {
    const book = this.#book;
    const c = book.campaign(campaign);
    must(jobs.length === c.jobs.length, () => `${campaign}: ${c.jobs.length} jobs went in, ${jobs.length} are there`);
    for (const { id, state } of jobs) {
      const job = book.job(id);
      const isWoken = job.state === "deferred" && job.until <= wall && state === "pending";
      must(shown(job) === state || isWoken, () => `job ${id}: the ledger says ${state}, its events ${shown(job)}`);
      const isOut = book.posts.some((p) => p.job === job);
      if (state === "success") must(isOut, () => `job ${id} counts as posted and never was`);
      if (isOut && book.truth === "truthful")
        must(["success", "unconfirmed"].includes(state), () => `job ${id} is out and counts as ${state}`);
    }
    must(!c.isOpen, () => `${campaign}: the run has not ended`);
    for (const a of book.attempts.values()) must(a.phase !== "running", () => `attempt ${a.id} has no end`);
  }
}
