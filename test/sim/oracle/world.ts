// What processes do and what the platform sees: two at work at once, a tap without intent, a post made twice.
import { type Book, must } from "./book.ts";
import type { Job } from "./model.ts";

export type ActSeen = { what: "begins" | "posts" | "ends"; attempt: string; account: string; device: string | null };
export type PostSeen = { job: string; account: string; media: string; attempt: string };

export class WorldWatch {
  readonly #book: Book;
  readonly #acts = new Map<string, { account: string; device: string | null }>();

  constructor(book: Book) {
    this.#book = book;
  }

  act({ what, attempt, account, device }: ActSeen): void {
    if (what === "ends") {
      this.#acts.delete(attempt);
      return;
    }
    if (what === "posts") {
      this.#book.attempt(attempt).ran = true;
      return;
    }
    for (const [other, act] of this.#acts) {
      // a start that another has followed may wake in the middle: it gets no go
      if (this.#isLeftOver(other) || this.#isLeftOver(attempt)) continue;
      must(act.account !== account, () => `account ${account} has two attempts at work: ${other} and ${attempt}`);
      must(device === null || act.device !== device, () => `phone ${device} has two attempts: ${other} and ${attempt}`);
    }
    this.#acts.set(attempt, { account, device });
    this.#book.attempt(attempt).began = true;
  }

  #isLeftOver(id: string): boolean {
    const { start, job } = this.#book.attempt(id);
    return start !== this.#book.campaign(job.campaign).start;
  }

  post({ job: id, account, media, attempt: attemptId }: PostSeen): void {
    const book = this.#book;
    const job = book.job(id);
    const attempt = book.attempt(attemptId);
    must(attempt.post !== null, () => `${attemptId} tapped and no intent stands`);
    must(
      attempt.phase === "running" || attempt.phase === "unconfirmed",
      () => `${attemptId} tapped after it was written down as ${attempt.phase}`,
    );
    for (const p of book.posts.filter((one) => one.attempt.account === account && !this.#isToldAway(one.job))) {
      must(p.job !== job, () => `POSTED TWICE: job ${id} by ${p.attempt.id} and ${attemptId}`);
      must(!book.isTwin(p.job, job), () => `POSTED TWICE: ${media} of ${account} as ${p.job.id} and ${id}`);
    }
    book.posts.push({ job, attempt, wall: book.wall, at: book.now });
    this.#checkDay(account, attempt.intent?.day);
  }

  #checkDay(account: string, day: string | undefined): void {
    const { posts } = this.#book;
    const { daily } = this.#book.account(account);
    const sameDay = posts.filter((p) => p.attempt.account === account && p.attempt.intent?.day === day);
    const counted = sameDay.filter((p) => !this.#isToldAway(p.job)).length;
    must(daily === 0 || counted <= daily, () => `${account} has ${counted} posts on ${day}, may ${daily}`);
  }

  /** Out, and yet somebody said that it is not: then nobody can know. */
  #isToldAway(job: Job): boolean {
    return this.#book.truth !== "truthful" && this.#book.saidAbsent.has(job.id);
  }
}
