// Outages (3-semantics 3.5), written a second time: when one must be open, when one may be, and who pays.
import { type Book, must } from "./book.ts";
import type { Attempt, Campaign, Ended } from "./model.ts";

const WINDOW_MS = 60_000;
const ENOUGH = 5;

/** What is written down of an attempt: its end, and whether its job pays. */
export type Settled = {
  attempt: {
    phase: string;
    failure?: { category: string; cause: string; rateLimited: boolean };
  };
  charge: string | null;
};

export class OutageWatch {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  /** Right before an end is written down: whoever pays must have to, whoever does not must be let off. */
  settling(c: Campaign, attempt: Attempt, { attempt: end, charge }: Settled): void {
    if (c.patienceMs === null || attempt.phase !== "running" || attempt.start !== c.start) return;
    const ended = this.#endedOf(attempt, end);
    if (ended !== null) this.#take(c, ended);
    const { failure } = end;
    const isPaid = failure?.category === "infrastructure" || failure?.category === "unknown";
    if (end.phase !== "failed" || !isPaid || failure.rateLimited) return;
    attempt.forgiven = charge === null;
    const { openSince, isCertain } = c.outage;
    if (attempt.forgiven) must(openSince !== null, () => `${attempt.id} is let off, and there is no outage`);
    else must(openSince === null || !isCertain, () => `${attempt.id} pays in an outage`);
  }

  /** An outage gives back what its window had cost. */
  givenBack(c: Campaign, ids: readonly string[]): void {
    must(c.outage.openSince !== null, () => `${c.name}: budgets are given back, and there is no outage`);
    for (const id of ids) {
      const attempt = this.#book.attempt(id);
      const { job, category } = attempt;
      const isPaid = category === "infrastructure" || category === "unknown";
      if (attempt.phase !== "failed" || attempt.forgiven || !isPaid || attempt.isSlowedDown) continue;
      if (!attempt.id.startsWith(`${c.run}.`)) continue;
      attempt.forgiven = true;
      job.spent[category] = Math.max(0, job.spent[category] - 1);
      if (job.state === "failed" && job.last === attempt) this.#book.putBack(job);
    }
  }

  closed(c: Campaign): void {
    for (const ended of c.outage.ends) ended.isCertain = false;
    Object.assign(c.outage, { openSince: null, isCertain: false, wasTooLong: false });
  }

  mayHalt({ outage, patienceMs }: Campaign): boolean {
    const { openSince, wasTooLong } = outage;
    if (patienceMs === null || openSince === null) return false;
    return wasTooLong || this.#book.wall - openSince >= patienceMs;
  }

  /** Right before somebody sets the clock: a patience that is at its end stays so. */
  settingClock(): void {
    for (const c of this.#book.campaigns.values()) c.outage.wasTooLong = this.mayHalt(c);
  }

  /** `null`: it tells nothing. */
  #endedOf(attempt: Attempt, { phase, failure }: Settled["attempt"]): Ended | null {
    const ended = { at: this.#book.wall, who: attempt.device ?? attempt.account, isCertain: true };
    if (phase === "posted") return { ...ended, cause: null };
    if (failure === undefined || (phase !== "failed" && phase !== "unconfirmed")) return null;
    if (failure.rateLimited || failure.category === "setup") return null;
    if (failure.category === "infrastructure") return { ...ended, cause: failure.cause };
    return { ...ended, cause: failure.category === "unknown" ? `unlike any other: ${attempt.id}` : null };
  }

  #take(c: Campaign, ended: Ended): void {
    const { outage } = c;
    outage.ends = [...outage.ends.filter((e) => e.at > ended.at - WINDOW_MS), ended];
    if (outage.openSince !== null) {
      if (ended.cause === null) outage.isCertain = false; // it may have been the one that is tried for all
      return;
    }
    const certain = outage.ends.filter((e) => e.isCertain);
    const { cause } = ended;
    if (cause === null || !(isOutage(c, outage.ends, cause) || isOutage(c, certain, cause))) return;
    outage.isCertain = isOutage(c, certain, cause, outage.ends);
    outage.openSince = this.#book.wall;
  }
}

/** `all`: those that may be in the window; `sure`: those that are. */
function isOutage(c: Campaign, sure: readonly Ended[], cause: string, all: readonly Ended[] = sure): boolean {
  const alike = sure.filter((e) => e.cause === cause);
  const needed = Math.min(ENOUGH, c.reach);
  const first = all.findIndex((e) => e.cause === cause);
  const isMost = alike.length * 2 > all.length - Math.max(0, first);
  return needed >= 2 && alike.length >= ENOUGH && new Set(alike.map((e) => e.who)).size >= needed && isMost;
}
