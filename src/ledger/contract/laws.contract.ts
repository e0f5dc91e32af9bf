// The laws that hold after any course of events (3-semantics 3.1, 3.4, 3.6).
import assert from "node:assert/strict";
import { followChain, shownChainState } from "../../core/chain.ts";
import type { Claim } from "../../core/claim.ts";
import type { EventLine } from "../../core/events.ts";
import { tally } from "../../core/tally.ts";
import type { CampaignLedger, Ledger } from "../ledger.ts";
import { allJobs } from "./world.contract.ts";

export const NAMES = ["one", "two"];
export const JOBS_EACH = 8;
type Of = (campaign: string) => CampaignLedger;

/** Two shared files have one content under two names. */
export const hashOf = (path: string) => (path.includes("shared") ? `h${Number(/-(\d)/.exec(path)?.[1]) % 2}` : path);

/** The laws of the standing, over the campaigns of one ledger. `limit`: posts a day. */
export async function checkLaws(of: Of, ledger: Ledger, limit: number): Promise<void> {
  const claimed = new Map<string, number>();
  const posts = new Map<string, string[]>();
  for (const name of NAMES) {
    const c = of(name);
    const jobs = await allJobs(c);
    assert.equal(jobs.length, JOBS_EACH, "no job is lost");
    await checkCounts(c, jobs);
    for (const j of jobs) if (j.state === "claimed") add(claimed, j.account ?? "");
    for (const post of await livePosts(c, jobs)) posts.set(post.key, [...(posts.get(post.key) ?? []), post.attempt]);
  }
  for (const [who, n] of claimed) assert.equal(n, 1, `${who} has ${n} attempts at once`);
  for (const [key, attempts] of posts)
    assert.equal(attempts.length, 1, `${key} may be live twice: ${attempts.join(", ")}`);
  for (const { name, postsToday } of await ledger.accounts.list())
    assert.ok(postsToday <= limit, `${name} has ${postsToday} posts today`);
}

/** What is kept of each job leads to where it stands, link by link. */
export async function checkChains(c: CampaignLedger): Promise<void> {
  for (const { id } of await allJobs(c)) {
    const story = await c.views.job(id);
    if (story === null) assert.fail(`no job ${id}`);
    const { state, gaps } = followChain(story.attempts, story.moves);
    assert.deepEqual([shownChainState(state), gaps], [story.job.state, []], `the chain of ${id}`);
  }
}

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

type Seen = Awaited<ReturnType<typeof allJobs>>;

async function checkCounts(c: CampaignLedger, jobs: Seen): Promise<void> {
  const rows = jobs.map(({ state, category }) => ({
    inScope: true,
    state,
    category: category as Parameters<typeof tally>[0][number]["category"],
    n: 1,
  }));
  const counts = await c.views.counts();
  assert.deepEqual(counts, tally(rows));
  const { success, failed, unconfirmed, skipped, held, deferred, pending, claimed } = counts;
  assert.equal(success + failed + unconfirmed + skipped + held + deferred + pending + claimed, counts.total);
}

/** Attempts whose post is or may be out. */
async function livePosts(c: CampaignLedger, jobs: Seen): Promise<{ key: string; attempt: string }[]> {
  const opaque = new Set((await c.runs.openAttempts()).filter((o) => o.reached === "opaque").map((o) => o.attempt));
  const found = [];
  for (const j of jobs.filter((j) => j.attempts > 0)) {
    for (const { attempt, phase } of (await c.views.job(j.id))?.attempts ?? [])
      if (["publishing", "posted", "unconfirmed"].includes(phase) || opaque.has(attempt))
        found.push({ key: `${j.account} ${hashOf(j.media)}`, attempt });
  }
  return found;
}

/** Events of an attempt come in order, with one end. */
export function checkEvents(events: readonly EventLine[], ended: readonly Claim[]): void {
  const seen = new Map<string, string[]>();
  for (const e of events) {
    if (!("attempt" in e)) continue;
    const isLate = e.type === "attempt.finished" && e.outcome === "late";
    if (!isLate) seen.set(e.attempt, [...(seen.get(e.attempt) ?? []), e.type]);
  }
  for (const types of seen.values())
    assert.match(
      types.join(" "),
      /^attempt[.]started( attempt[.]step)*( attempt[.]publishing)?( attempt[.]finished)?$/,
    );
  for (const { attempt } of ended) assert.equal(seen.get(attempt)?.at(-1), "attempt.finished");
  const times = events.map((e) => e.ts);
  assert.deepEqual(times, times.toSorted());
}
