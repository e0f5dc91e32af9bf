// A job's chain: what happened to it, link by link, and where that leaves it. Folded from what the ledger keeps of it alone.
import type { JobState } from "./job.ts";
import { NOTHING_SPENT, type Spent } from "./retry.ts";

/** Where a job can stand between two links; `parked` and `waiting` show as pending. */
type ChainState = JobState | "parked" | "waiting";

/** An attempt, as far as the chain goes. `endedAs`: before anybody settled a doubt about it. */
export type ChainAttempt = { run: string; endedAs: string; charge: string | null };
/** A change of state that no attempt brought about, or that tells where an attempt put its job. `tries`: attempts before it. */
export type ChainMove = { tries: number; from: string; to: string; by: string | null };

export type Link<A, M> =
  | { type: "attempt"; nr: number; attempt: A; before: Spent; after: Spent; to: string }
  | { type: "moved"; move: M };

/** `gaps`: places where one link does not follow from the one before; none in a whole chain. */
export type Chain<A, M> = { links: Link<A, M>[]; state: string; spent: Spent; gaps: string[] };

/** Follows a job from its intake to now. Total. */
export function followChain<A extends ChainAttempt, M extends ChainMove>(
  attempts: readonly A[],
  moves: readonly M[],
): Chain<A, M> {
  const chain: Chain<A, M> = { links: [], state: "pending", spent: NOTHING_SPENT, gaps: [] };
  const movesAfter = (tries: number) => moves.filter((move) => move.tries === tries);
  for (const move of movesAfter(0)) addMove(chain, move);
  attempts.forEach((attempt, i) => {
    addAttempt(chain, { attempt, nr: i + 1, isNewRun: attempts[i - 1]?.run !== attempt.run });
    for (const move of movesAfter(i + 1)) addMove(chain, move);
  });
  return chain;
}

/** The state that readers see. */
export const shownChainState = (state: string): string =>
  state === "parked" || state === "waiting" ? "pending" : state;

const ENDS: Readonly<Record<string, ChainState>> = {
  running: "claimed",
  publishing: "claimed",
  // where it put its job tells the move that follows
  cancelled: "claimed",
  posted: "success",
  failed: "failed",
  unconfirmed: "unconfirmed",
};

type Adding<A> = { attempt: A; nr: number; isNewRun: boolean };

function addAttempt<A extends ChainAttempt, M extends ChainMove>(chain: Chain<A, M>, adding: Adding<A>): void {
  const { attempt, nr, isNewRun } = adding;
  if (chain.state !== "pending") chain.gaps.push(`attempt ${nr} began while the job was ${chain.state}`);
  const before = isNewRun ? NOTHING_SPENT : chain.spent;
  const after = charged(before, attempt.charge);
  const to = ENDS[attempt.endedAs] ?? attempt.endedAs;
  chain.links.push({ type: "attempt", nr, attempt, before, after, to });
  Object.assign(chain, { state: to, spent: after });
}

function charged(spent: Spent, charge: string | null): Spent {
  if (charge !== "infrastructure" && charge !== "unknown" && charge !== "rateLimits") return spent;
  return { ...spent, [charge]: spent[charge] + 1 };
}

function addMove<A, M extends ChainMove>(chain: Chain<A, M>, move: M): void {
  if (!follows(chain, move)) chain.gaps.push(`it was ${chain.state}, and went from ${move.from} to ${move.to}`);
  chain.links.push({ type: "moved", move });
  chain.state = move.to;
  // a person who lets it be tried again gives it fresh budgets
  if (move.by !== null && move.from === "failed" && move.to === "pending") chain.spent = NOTHING_SPENT;
}

/** A failed attempt may have put its job elsewhere at once: it waits, is parked, or is held with its account. */
function follows<A, M extends ChainMove>({ state, links }: Chain<A, M>, move: M): boolean {
  if (move.from === "taken_in") return links.length === 0;
  return move.from === state || (move.from === "claimed" && links.at(-1)?.type === "attempt");
}
